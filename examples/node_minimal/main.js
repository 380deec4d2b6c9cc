// Creates an encrypted repository, backs up, lists and verifies through the C interface, with koffi (npm install koffi).
// HOLDFAST_LIBRARY names the library if it is not where the system looks.
'use strict';

const koffi = require('koffi');

const library = koffi.load(process.env.HOLDFAST_LIBRARY || 'libholdfast.so');
const OK = 0, RUNNING = 64;

for (const name of ['error', 'options', 'repository', 'job', 'backup', 'backup_list', 'verify_report']) koffi.opaque(`holdfast_${name}`);
const functions = Object.fromEntries([
  'const char *holdfast_error_message(holdfast_error *error)',
  'void holdfast_error_free(holdfast_error *error)',
  'int32_t holdfast_options_new(_Out_ holdfast_options **out, _Out_ holdfast_error **err)',
  'int32_t holdfast_options_set_string(holdfast_options *options, const char *key, const char *value, _Out_ holdfast_error **err)',
  'void holdfast_options_free(holdfast_options *options)',
  'int32_t holdfast_repository_create(_Out_ holdfast_repository **out, const char *uri, holdfast_options *options, _Out_ holdfast_error **err)',
  'int32_t holdfast_repository_list(_Out_ holdfast_backup_list **out, holdfast_repository *r, holdfast_options *o, _Out_ holdfast_error **err)',
  'void holdfast_repository_free(holdfast_repository *repository)',
  'size_t holdfast_backup_list_count(holdfast_backup_list *list)',
  'holdfast_backup *holdfast_backup_list_at(holdfast_backup_list *list, size_t index)',
  'void holdfast_backup_list_free(holdfast_backup_list *list)',
  'const char *holdfast_backup_id(holdfast_backup *backup)',
  'uint64_t holdfast_backup_plain_bytes(holdfast_backup *backup)',
  'int32_t holdfast_backup_start(_Out_ holdfast_job **out, holdfast_repository *r, const char *uri, holdfast_options *o, _Out_ holdfast_error **err)',
  'int32_t holdfast_verify_start(_Out_ holdfast_job **out, holdfast_repository *r, const char *id, holdfast_options *o, _Out_ holdfast_error **err)',
  'int32_t holdfast_job_step(holdfast_job *job, int64_t budget_ms, _Out_ holdfast_error **err)',
  'int32_t holdfast_job_verify_report(_Out_ holdfast_verify_report **out, holdfast_job *job, _Out_ holdfast_error **err)',
  'void holdfast_job_free(holdfast_job *job)',
  'int32_t holdfast_verify_report_ok(holdfast_verify_report *report)',
  'void holdfast_verify_report_free(holdfast_verify_report *report)',
].map((declaration) => [/holdfast_(\w+)\(/.exec(declaration)[1], library.func(declaration)]));

// Calls a function whose last parameter is the error; a failure is thrown.
function call(name, ...values) {
  const err = [null];
  const status = functions[name](...values, err);
  if (status === OK || status === RUNNING) return status;
  const message = functions.error_message(err[0]);
  functions.error_free(err[0]);
  throw new Error(message);
}

// The same for one that gives a handle through its first parameter.
function handle(name, ...values) {
  const out = [null];
  call(name, out, ...values);
  return out[0];
}

// Steps a job without holding up the event loop for long.
async function finish(job) {
  while (call('job_step', job, 20) === RUNNING) await new Promise(setImmediate);
}

async function main([place, password, source]) {
  const options = handle('options_new');
  call('options_set_string', options, 'repository.password', password);
  call('options_set_string', options, 'verify.level', 'full');
  const repository = handle('repository_create', place, options);

  const backup = handle('backup_start', repository, source, options);
  await finish(backup);

  const list = handle('repository_list', repository, options);
  for (let i = 0; i < functions.backup_list_count(list); ++i) {
    const line = functions.backup_list_at(list, i);
    console.log(`${functions.backup_id(line)} ${functions.backup_plain_bytes(line)} bytes`);
  }

  const verify = handle('verify_start', repository, 'latest', options);
  await finish(verify);
  const report = handle('job_verify_report', verify);
  if (!functions.verify_report_ok(report)) throw new Error('the backup is damaged');
  console.log('verified');

  functions.verify_report_free(report);
  functions.backup_list_free(list);
  functions.job_free(verify);
  functions.job_free(backup);
  functions.repository_free(repository);
  functions.options_free(options);
}

if (process.argv.length !== 5) {
  console.error('usage: node main.js NEW-REPOSITORY PASSWORD SOURCE');
  process.exit(2);
}
main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
