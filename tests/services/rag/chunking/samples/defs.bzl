"""Rules of the build."""

load("@rules_cc//cc:defs.bzl", "cc_library")

DEFAULT_COPTS = ["-O2"]

def _service_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(output, "service")
    return [DefaultInfo(files = depset([output]))]

# A service that runs.
service = rule(
    implementation = _service_impl,
    attrs = {
        "deps": attr.label_list(),
    },
)

def service_test(name, **kwargs):
    """Tests a service."""
    native.sh_test(
        name = name + "_test",
        **kwargs
    )

# The core.
cc_library(
    name = "core",
    srcs = glob(["src/*.cc"]),
    hdrs = glob(["src/*.h"]),
    copts = DEFAULT_COPTS,
)
