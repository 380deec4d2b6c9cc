#include "repository/plain/restore_text.hpp"

#include <algorithm>
#include <set>

#include "base/words.hpp"

namespace holdfast {

namespace {

// For comments and messages: a line break in a name would end the comment, and the shell would run the rest as a
// command.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

std::string reader_of(const RestoreStep& step) {
  return (step.compression.empty() ? "cat" : step.compression + " -dc") + " " + quote_shell("./" + step.file);
}

void describe(std::string& text, const Manifest& manifest) {
  text += "#!/bin/sh\n# Backup " + manifest.id + ", written by " + manifest.written_by + ".\n";
  for (const SourceRecord& source : manifest.sources) {
    text += "# Of " + one_line(source.driver + " " + source.name) + ", consistent as of " + format_time(source.instant) + ".\n";
  }
}

// Before anything is restored: a part of the backup would look like all of it.
void refuse_hosts(std::string& text, const std::vector<RestoreStep>& steps) {
  std::set<std::string> names;
  for (const RestoreStep& step : steps) names.insert(step.hosts.begin(), step.hosts.end());
  if (names.empty()) return;
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  text += "\n# Standard tools can't restore it: entries were encoded by transforms of the program that made it.\nprintf '%s\\n' " +
          quote_shell("encoded by " + all + ": restore it with the program that made it") + " >&2\nexit 1\n";
}

void check_files(std::string& text, const std::vector<RestoreStep>& steps) {
  if (std::all_of(steps.begin(), steps.end(), [](const RestoreStep& step) { return step.sha256.empty(); })) return;
  text += "\n# Every file is checked before anything is restored.\nsha256sum -c >/dev/null <<'END'\n";
  for (const RestoreStep& step : steps) text += step.sha256 + "  ./" + step.file + "\n";
  text += "END\n";
}

void run(std::string& text, const RestoreStep& step) {
  if (step.restore_with.empty()) {
    text += "\n# " + step.file + ": " + one_line(step.entry) + " (nothing to run; to read it: " + reader_of(step) + ")\n";
    return;
  }
  text += "\nprintf '%s\\n' " + quote_shell(one_line(step.entry)) + "\n";
  text += reader_of(step) + " | (\n" + step.restore_with + "\n)\n";
}

// Reads the formats in docs/format.md, "Keys" and "Entries and transforms". Contains no apostrophe: some shells count
// them even inside a here-document.
constexpr const char* kDecrypt = R"py(import getpass, glob, hashlib, hmac, json, os, struct, sys
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

root, backup, folder, out = sys.argv[1:]
repository = json.load(open(os.path.join(root, "format"), encoding="utf-8"))["repository_id"]

def derive(key, salt, info):
    return HKDF(SHA256(), 32, salt, info).derive(key)

def master_key(secret):
    for name in glob.glob(os.path.join(glob.escape(root), "keys", "slot-*")):
        slot = open(name, "rb").read()
        if hashlib.sha256(slot[:156]).digest() != slot[156:] or slot[28:44].hex() != repository:
            continue
        salt, (r, p) = slot[44:76], struct.unpack(">II", slot[12:20])
        key = Scrypt(salt, 32, 2 ** slot[10], r, p).derive(secret.rstrip(b"\r\n")) if slot[9] == 1 else secret
        if hmac.compare_digest(hmac.digest(derive(key, salt, b"slot/com/v1"), slot[:124], "sha256"), slot[124:156]):
            return AESGCM(derive(key, salt, b"slot/enc/v1")).decrypt(bytes(12), slot[76:124], slot[:76])
    sys.exit("wrong password or key: it opens no undamaged slot in keys/")

def decrypt(name):
    target = os.path.join(out, os.path.relpath(name, folder))[:-4]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(os.path.join(root, name), "rb") as stored, open(target + ".part", "wb") as plain:
        head, segment, number = stored.read(40), stored.read(2**20 - 40), 0
        cipher = AESGCM(derive(data_key, head[1:33], (repository + "\n" + name).encode()))
        while True:
            following = stored.read(2**20)
            plain.write(cipher.decrypt(head[33:] + struct.pack(">IB", number, not following), segment, None))
            if not following:
                break
            segment, number = following, number + 1
    os.replace(target + ".part", target)
    print(name)

password_file = os.environ.get("PASSWORD_FILE")
data_key = derive(master_key(open(password_file, "rb").read() if password_file else getpass.getpass().encode()),
                  bytes.fromhex(repository), b"holdfast/plain/v1/data")
names = [os.path.relpath(name, root) for name in glob.glob(os.path.join(glob.escape(root), backup + ".*"))]
names += [os.path.relpath(os.path.join(at, file), root) for at, _, files in os.walk(os.path.join(root, backup)) for file in files]
for name in sorted(set(name for name in names if name.endswith(".enc"))):
    try:
        decrypt(name)
    except (InvalidTag, struct.error, ValueError):
        sys.exit(name + ": damaged, cut short or in the wrong place")
beside = "." if folder == "." else "/"
manifest = json.load(open(os.path.join(out, os.path.relpath(backup + beside + "manifest.json", folder)), encoding="utf-8"))
for entry in manifest["entries"]:
    if os.path.getsize(os.path.join(root, entry["object"])) != entry["stored_bytes"]:
        sys.exit(entry["object"] + ": is not as long as it was")
print("decrypted:", out)
)py";

}  // namespace

std::string restore_script(const Manifest& manifest, std::vector<RestoreStep> steps, const std::string& script_name) {
  std::stable_sort(steps.begin(), steps.end(), [](const RestoreStep& a, const RestoreStep& b) { return a.order < b.order; });
  std::string text;
  describe(text, manifest);
  const bool needs_target = std::any_of(steps.begin(), steps.end(), [](const RestoreStep& step) { return !step.restore_with.empty(); });
  text +=
      "#\n# This text is the script that restores it with stock tools alone (zstd, gzip or lz4, as the files' names say; sha256sum; and\n"
      "# the programs named below). Restore into a new, empty place:\n#\n#     TARGET=postgresql:///new_db sh " +
      script_name + "\n\nset -eu\n(set -o pipefail) 2>/dev/null && set -o pipefail\n";
  refuse_hosts(text, steps);
  if (needs_target) text += ": \"${TARGET:?say where to restore to, for example TARGET=postgresql:///new_db}\"\nexport TARGET\n";
  text += "cd \"$(dirname \"$0\")\"\n";
  if (needs_target) text += "WORK=$(mktemp -d)\nexport WORK\ntrap 'rm -rf \"$WORK\"' EXIT\n";
  check_files(text, steps);
  for (const RestoreStep& step : steps) run(text, step);
  return text + "\nprintf 'restored\\n'\n";
}

std::string decrypt_script(const Manifest& manifest, bool in_folder, const std::string& script_name) {
  std::string text;
  describe(text, manifest);
  text +=
      "#\n# It is encrypted. This text is the script that decrypts it into a folder, with nothing but python3 and its package\n"
      "# `cryptography`. It needs the objects `format` and `keys/slot-*` of the repository beside the backup, and the password\n"
      "# (asked for, or in a file) or the raw key (in a file):\n#\n#     PASSWORD_FILE=password.txt sh " +
      script_name +
      " decrypted/\n#\n# The folder then holds restore.sh, which restores from it with stock tools: read it, then\n#\n#     "
      "TARGET=postgresql:///new_db sh decrypted/" +
      (in_folder ? std::string() : manifest.id + ".") +
      "restore.sh\n\nset -eu\n[ $# -eq 1 ] || { echo \"usage: sh $0 FOLDER\" >&2; exit 2; }\n";
  text += "exec python3 -c \"$(cat <<'END'\n";
  text += kDecrypt;
  text += std::string("END\n)\" \"$(dirname \"$0\")") + (in_folder ? "/..\" " : "\" ") + manifest.id + " " +
          (in_folder ? manifest.id : ".") + " \"$1\"\n";
  return text;
}

}  // namespace holdfast
