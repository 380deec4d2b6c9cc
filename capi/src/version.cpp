#include "holdfast/version.hpp"

#include "guard.hpp"

const char* holdfast_version(void) { return holdfast::version(); }
uint32_t holdfast_abi_version(void) { return HOLDFAST_ABI_VERSION; }
const char* holdfast_build_info(void) { return "holdfast " HOLDFAST_VERSION_STRING ", built with " __VERSION__; }

const char* holdfast_status_name(holdfast_status status) {
  switch (status) {
    case HOLDFAST_OK: return "ok";
    case HOLDFAST_E_OUT_OF_MEMORY: return "out_of_memory";
    case HOLDFAST_E_CALLBACK: return "callback";
    case HOLDFAST_RUNNING: return "running";
    default:
      if (status < HOLDFAST_E_INVALID_ARGUMENT || status > HOLDFAST_E_INTERNAL) return "unknown";
      // Views of literals, which end with NUL.
      return holdfast::to_string(static_cast<holdfast::ErrorCode>(status)).data();
  }
}
