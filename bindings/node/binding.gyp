{
  "targets": [
    {
      "target_name": "holdfast",
      "sources": ["native/calls.c", "native/host.c", "native/jobs.c", "native/module.c"],
      "cflags": ["-std=c11", "-fno-strict-aliasing", "<!@(pkg-config --cflags holdfast-capi)"],
      "defines": ["_POSIX_C_SOURCE=200809L"],
      "ldflags": ["-Wl,-z,now"],
      "libraries": ["<!@(pkg-config --libs holdfast-capi)"]
    }
  ]
}
