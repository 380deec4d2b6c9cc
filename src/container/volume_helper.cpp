#include "container/volume_helper.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/host_name.hpp"
#include "base/json_writer.hpp"
#include "base/uri.hpp"
#include "container/archive_upload.hpp"

namespace holdfast::container {

namespace {

constexpr const char* kFolder = "/volume";
constexpr const char* kAccess = "holdfast.helper";  // labels
constexpr const char* kVolume = "holdfast.volume";
constexpr const char* kHost = "holdfast.host";
constexpr const char* kProcess = "holdfast.process";
constexpr std::size_t kEmptyArchive = 1024;       // bytes: two blocks of zeros
constexpr std::chrono::hours kOldest{7 * 24};     // of the helpers of other machines
constexpr std::chrono::minutes kOldestImage{60};  // that no container uses

constexpr std::chrono::seconds kPatienceOfRemoval{60};

std::string name_of(VolumeHelper::Access access) { return access == VolumeHelper::Access::read ? "read" : "write"; }

std::chrono::seconds age_of(const nlohmann::json& object, const Context& context) {
  const auto created = object.find("Created");
  if (created == object.end() || !created->is_number_integer()) return {};
  return std::chrono::duration_cast<std::chrono::seconds>(context.now().time_since_epoch()) -
         std::chrono::seconds(created->get<std::int64_t>());
}

std::string label_of(const nlohmann::json& container, const char* name) {
  const auto labels = container.find("Labels");
  return labels != container.end() && labels->is_object() ? text_of(*labels, name) : std::string();
}

bool is_left(const nlohmann::json& container, const Context& context) {
  const std::string process = label_of(container, kProcess);
  if (label_of(container, kHost) != host_name() || process.empty()) return age_of(container, context) > kOldest;
  return ::kill(static_cast<pid_t>(std::strtol(process.c_str(), nullptr, 10)), 0) != 0 && errno == ESRCH;
}

void remove_left_images(Engine& engine, const Context& context) {
  const Answer answer = engine.ask("GET", "/images/json?" + filter_of("label", kAccess));
  if (!answer.ok() || !answer.body->is_array()) return;
  for (const auto& image : *answer.body) {
    // One that is in use is refused; a helper that is being made needs its own.
    if (image.is_object() && age_of(image, context) > kOldestImage) engine.ask("DELETE", "/images/" + text_of(image, "Id"));
  }
}

}  // namespace

void remove_left_helpers(Engine& engine, const Context& context) {
  const Answer answer = engine.must("can't list the containers", "GET", "/containers/json?all=1&" + filter_of("label", kAccess));
  if (!answer.body->is_array()) throw Error(ErrorCode::source, "the engine's list of containers can't be read");
  for (const auto& container : *answer.body) {
    if (!container.is_object() || !is_left(container, context)) continue;
    const std::string volume = label_of(container, kVolume), id = text_of(container, "Id");
    const bool wrote = label_of(container, kAccess) == name_of(VolumeHelper::Access::write);
    context.log("removing the helper container " + id.substr(0, 12) + " of a process that was killed");
    if (wrote) context.warn("the volume " + volume + " is only partly restored: the process that restored it was killed", volume);
    engine.ask("DELETE", "/containers/" + percent_encode(id) + "?force=1");
    engine.ask("DELETE", "/images/" + text_of(container, "ImageID"));
  }
  remove_left_images(engine, context);
}

VolumeHelper::VolumeHelper(const std::string& socket, const std::string& volume, Access access, const Context& context)
    : context_(context), engine_(socket, context) {
  remove_left_helpers(engine_, context);
  image_ = import_image();
  try {
    id_ = create(volume, access);
  } catch (...) {
    Engine(socket, Engine::bounds_of_ending(kPatienceOfRemoval)).ask("DELETE", "/images/" + image_);
    throw;
  }
}

VolumeHelper::~VolumeHelper() {
  try {
    Engine engine(engine_.socket(), Engine::bounds_of_ending(kPatienceOfRemoval));
    engine.must("", "DELETE", "/containers/" + id_ + "?force=1");
    engine.must("", "DELETE", "/images/" + image_);
  } catch (...) {
    context_.warn("the helper container " + id_.substr(0, 12) +
                  " or its image could not be removed; remove the container, then the image " + image_);
  }
}

std::string VolumeHelper::import_image() {
  const Bytes archive(kEmptyArchive);
  const std::string label = std::string("LABEL ") + kAccess + "=image";
  const Answer answer = engine_.must("can't make an image for a helper container", "POST",
                                     "/images/create?fromSrc=-&changes=" + percent_encode(label), as_text(archive), "application/x-tar");
  std::string id = answer.body->is_object() ? text_of(*answer.body, "status") : "";
  if (!id.starts_with("sha256:")) throw Error(ErrorCode::source, "the engine gave the image of a helper container no id");
  return id;
}

std::string VolumeHelper::create(const std::string& volume, Access access) {
  JsonWriter json;
  json.begin_object();
  json.member("Image", image_);
  json.key("Cmd");
  json.begin_array();
  json.value("/never-started");
  json.end_array();
  json.key("Labels");
  json.begin_object();
  json.member(kAccess, name_of(access));
  json.member(kVolume, volume);
  json.member(kHost, host_name());
  json.member(kProcess, std::to_string(::getpid()));
  json.end_object();
  json.key("HostConfig");
  json.begin_object();
  json.member("NetworkMode", "none");
  json.key("Binds");
  json.begin_array();
  json.value(volume + ":" + kFolder + (access == Access::read ? ":ro" : ""));
  json.end_array();
  json.end_object();
  json.end_object();
  const Answer answer = engine_.must("can't make a helper container for the volume " + volume, "POST", "/containers/create", json.text());
  std::string id = answer.body->is_object() ? text_of(*answer.body, "Id") : "";
  if (id.empty()) throw Error(ErrorCode::source, "the engine gave a helper container no id");
  return id;
}

std::unique_ptr<Reader> VolumeHelper::read() {
  return engine_.open("can't read the volume through a helper container",
                      "/containers/" + id_ + "/archive?path=" + percent_encode(std::string(kFolder) + "/."));
}

std::unique_ptr<Writer> VolumeHelper::write() { return std::make_unique<ArchiveUpload>(engine_, id_, kFolder); }

}  // namespace holdfast::container
