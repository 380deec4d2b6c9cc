// Creates an encrypted repository, backs up, lists and verifies with the Node package (npm install /usr/src/holdfast/bindings/node).
'use strict';

const { Repository } = require('../../bindings/node'); // require('holdfast') where it is installed

async function main([place, password, source]) {
  const repository = await Repository.create(place, { password });
  try {
    await repository.backup(source);
    for (const backup of await repository.backups()) console.log(`${backup.id} ${backup.sizeBytes} bytes`);
    const report = await repository.verify('latest', { options: { 'verify.level': 'full' } });
    if (!report.ok) throw new Error(`the backup is damaged: ${report.faults[0].object}: ${report.faults[0].what}`);
    console.log('verified');
  } finally {
    await repository.close();
  }
}

if (process.argv.length !== 5) {
  console.error('usage: node main.js NEW-REPOSITORY PASSWORD SOURCE');
  process.exit(2);
}
main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
