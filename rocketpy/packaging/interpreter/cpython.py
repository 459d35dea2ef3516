"""CPython's objects and a static interpreter, compiled and, unless it is to be quick, trained."""

from __future__ import annotations

import glob
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.interpreter import extension_modules
from rocketpy.packaging.interpreter import profile_training as trained
from rocketpy.packaging.native import pydantic_core as pydantic_native
from rocketpy.packaging.steps import toolchain
from rocketpy.packaging.steps.cache import file_digest
from rocketpy.packaging.steps.programs import output, run

if TYPE_CHECKING:
    from rocketpy.packaging.interpreter.python_source import Source
    from rocketpy.packaging.interpreter.recipe import Recipe
    from rocketpy.packaging.native.pydantic_core import Native
    from rocketpy.packaging.steps.cache import Cache

HERE = os.path.dirname(__file__)
FROZEN_C = os.path.join(HERE, "c", "frozen.c")
FREEZE = os.path.join(HERE, "freeze_modules.py")
LINKED = os.path.join(HERE, "linked_extensions.py")
ACCOUNT = os.path.join(HERE, "describe_interpreter.py")

OWN = (__file__, extension_modules.__file__, FROZEN_C, FREEZE, LINKED, ACCOUNT)
"""Files of this package that the result depends on."""

EPOCH = "1672531200"
"""The time that compilers are told (2023-01-01), so that it does not show in what they make."""

FLAGS = (
    "-O2",
    # The launcher is linked at a random address, and takes no more than the sections it reaches.
    "-fPIE",
    "-ffunction-sections",
    "-fdata-sections",
    # Nothing unwinds C frames: a panic in Rust is caught before it comes to them.
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    f"-ffile-prefix-map={trained.HERE}=.",
)
CONFIGURE = (
    "--prefix=/install",
    "--disable-shared",
    "--with-ensurepip=no",
    "--disable-test-modules",
    "--without-doc-strings",
    "--without-static-libpython",
    # A static executable loads no libraries; without dlopen they are not looked for either.
    "ac_cv_func_dlopen=no",
    "MODULE_BUILDTYPE=static",
    "OPT=-DNDEBUG -fwrapv -Wall",
    "LDFLAGS=-static",
    "LINKFORSHARED= ",
)
MAKE = (
    "make",
    # frozen.c is our own, and has no need of code objects as C data.
    "DEEPFREEZE_OBJS=",
)
PROFILED = (
    "-fprofile-use -fprofile-correction -Wno-missing-profile"
    # A twelfth faster: hot functions are inlined across files.
    " -flto=auto -fno-fat-lto-objects"
)
CORE = "core.o"
SITE = "sitecustomize.py"
PREPARED = ("FREEZE_MODULE_DEPS=", "FREEZE_MODULE_BOOTSTRAP_DEPS=")
"""Given once the frozen modules are written: they are not written again."""

CLEAN: dict[str, str | None] = {
    "SOURCE_DATE_EPOCH": EPOCH,
    "LC_ALL": "C.UTF-8",
    "PWD": trained.HERE,
    "CC": "gcc",
    **dict.fromkeys(("CFLAGS", "CPPFLAGS", "LDFLAGS", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS")),
}
"""The environment of the compilers: a user's own flags stay out."""


@dataclass(frozen=True)
class CPython:
    """What was compiled.

    Args:
        folder: holds objects/ and install/, with bin/, include/ and lib/ below it.
        facts: the interpreter's own account of itself, and its table of built-in modules.
    """

    folder: str
    facts: dict[str, Any]


def cpython(cache: Cache, recipe: Recipe, source: Source, native: Native) -> CPython:
    """Compile CPython with pydantic-core linked in.

    Raises:
        BuildError: a compiler fails.
    """
    libraries = ["libz.a", *(("libssl.a", "libcrypto.a") if recipe.tls else ())]
    inputs = [
        os.path.basename(source.folder),
        file_digest(native.object),
        [file_digest(toolchain.library(name)) for name in libraries],
        [file_digest(path) for path in OWN],
        [] if recipe.quick else trained.inputs(native.version),
        recipe.tls,
        toolchain.c(),
        toolchain.binutils(),
    ]
    note = f"{source.pin.version}{' with OpenSSL' if recipe.tls else ''}"
    folder = cache.result(
        "CPython quick" if recipe.quick else "CPython",
        inputs,
        lambda out: _Build(cache, recipe, native, out).make(source),
        note=note,
    )
    with open(os.path.join(folder, "facts.json"), encoding="utf-8") as file:
        return CPython(folder, json.load(file))


class _Build:
    """One compilation, in a folder that is thrown away after it."""

    def __init__(self, cache: Cache, recipe: Recipe, native: Native, out: str) -> None:
        self.cache, self.recipe, self.native, self.out = cache, recipe, native, out
        self.log = cache.log("cpython")
        self.place = os.path.join(out, "build")
        self.python = os.path.join(out, "install", "bin", "python3.11")

    def make(self, source: Source) -> None:
        """Do all of it."""
        shutil.copytree(source.folder, self.place, symlinks=True)
        shutil.copy(FROZEN_C, os.path.join(self.place, "Python", "frozen.c"))
        self.configure()
        self.install_library()
        if self.recipe.quick:
            self.compile("first", "")
            self.freeze()
            self.write_sysconfig()
            flags = ""
        else:
            self.compile("instrumented", "-fprofile-generate -fprofile-update=single")
            self.freeze()
            self.write_sysconfig()
            with self.cache.progress.step("CPython: training"):
                trained.train(self.cache, self.place, self.native.version, self.log)
            self.forget_objects()
            flags = PROFILED
        # LINKCC=true: the objects are compiled, and linked below.
        self.compile("final", flags, *PREPARED, "LINKCC=true")
        self.link(flags)
        self.keep()
        shutil.rmtree(self.place)

    def configure(self) -> None:
        """Choose the modules, and add pydantic-core to their table."""
        with self.cache.progress.step("CPython: configure"):
            command = ["./configure", "--quiet", *CONFIGURE, f"CFLAGS={' '.join(FLAGS)}"]
            run(command, cwd=self.place, env=CLEAN, log=self.log)
        modules = os.path.join(self.place, "Modules")
        with open(os.path.join(modules, "Setup.stdlib"), encoding="utf-8") as file:
            chosen = extension_modules.setup(file.read(), tls=self.recipe.tls)
        with open(os.path.join(modules, "Setup.local"), "w", encoding="utf-8") as file:
            file.write(chosen)
        run(["make", "Makefile"], cwd=self.place, env=CLEAN, log=self.log)
        extension_modules.add(self.place, pydantic_native.MODULE, pydantic_native.INIT)

    def compile(self, what: str, flags: str, *variables: str) -> None:
        """Compile the interpreter, and unless a variable keeps make from it, link it."""
        command = [*MAKE, f"-j{len(os.sched_getaffinity(0))}", *variables, "python"]
        command += [f"CFLAGS_NODIST={flags}", f"LDFLAGS_NODIST={flags}"]
        command += [f"LIBS={self.native.object}"]
        with self.cache.progress.step(f"CPython: {what}"):
            run(command, cwd=self.place, env=CLEAN, log=self.log)
        built = os.path.join(self.place, "python")
        if os.path.exists(built):
            os.makedirs(os.path.dirname(self.python), exist_ok=True)
            shutil.copy(built, self.python)

    def link(self, flags: str) -> None:
        """Link all of the library into one object, and that into the interpreter.

        What is used of the static libraries goes in too: nobody has to know the order in which
        the launcher's linker gets them.
        """
        core = os.path.join(self.out, "objects", CORE)
        os.makedirs(os.path.dirname(core))
        found = {
            os.path.relpath(path, self.place)
            for folder in ("Objects", "Parser", "Python", "Modules")
            for path in glob.glob(f"{self.place}/{folder}/**/*.o", recursive=True)
        }
        names = ["libz.a", *(("libssl.a", "libcrypto.a") if self.recipe.tls else ())]
        libraries = ["-Wl,--start-group", *map(toolchain.library, names), "-Wl,--end-group"]
        compiler = ["gcc", *FLAGS, *flags.split()]
        command = [*compiler, "-r", "-nostdlib", *sorted(found - UNWANTED), *libraries, "-o", core]
        command += ["-flinker-output=nolto-rel"] if "-flto" in flags else []
        with self.cache.progress.step("CPython: link"):
            run(command, cwd=self.place, env=CLEAN, log=self.log)
            command = [*compiler, "-static", "Programs/python.o", "Modules/config.o", core]
            command += [self.native.object, "-lm", "-o", self.python]
            run(command, cwd=self.place, env=CLEAN, log=self.log)
            run(["strip", self.python], log=self.log)

    def freeze(self) -> None:
        """Write the frozen modules anew, as small as the executable wants them."""
        folder = os.path.join(self.place, "Python", "frozen_modules")
        with open(FROZEN_C, encoding="utf-8") as file:
            lines = [line for line in file if line.startswith('#include "frozen_modules/')]
        names = [line.split("/")[1].removesuffix('.h"\n') for line in lines]
        command = [self.python, "-I", "-B", "-S", "-X", "no_debug_ranges", FREEZE]
        command += [os.path.join(self.place, "Lib"), folder, *names]
        run(command, env={**CLEAN, "PYTHONHASHSEED": "0"}, log=self.log)
        os.remove(os.path.join(self.place, "Python", "frozen.o"))

    def forget_objects(self) -> None:
        """Leave the profile, and nothing else of the instrumented interpreter."""
        for at, _, names in os.walk(self.place):
            for name in names:
                if name.endswith((".o", ".a")):
                    os.remove(os.path.join(at, name))
        os.remove(os.path.join(self.place, "python"))

    def install_library(self) -> None:
        """Lay out the standard library as the interpreter looks for it."""
        install = os.path.join(self.out, "install")
        library = os.path.join(install, "lib", "python3.11")
        skip = shutil.ignore_patterns("__pycache__", "*.exe", "ensurepip", "idlelib", "turtledemo")
        shutil.copytree(os.path.join(self.place, "Lib"), library, ignore=skip)
        shutil.copy(LINKED, os.path.join(library, SITE))
        os.symlink("../install", os.path.join(self.place, "install"))
        # Else each start says that there is no such folder.
        os.makedirs(os.path.join(library, "lib-dynload"))
        include = os.path.join(install, "include", "python3.11")
        shutil.copytree(os.path.join(self.place, "Include"), include)
        shutil.copy(os.path.join(self.place, "pyconfig.h"), include)

    def keep(self) -> None:
        """Move what is wanted out of the place."""
        with open(os.path.join(self.place, "Modules", "config.c"), encoding="utf-8") as file:
            modules = extension_modules.table(file.read())
        facts = {**self.account(), "modules": modules}
        with open(os.path.join(self.out, "facts.json"), "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, sort_keys=True)
        for name in ("LICENSE", "LICENSE.debian"):
            if os.path.exists(os.path.join(self.place, name)):
                shutil.copy(os.path.join(self.place, name), self.out)

    def account(self) -> dict[str, Any]:
        """Return what the interpreter says of itself."""
        command = [self.python, "-I", "-B", "-S", ACCOUNT, "/install"]
        facts: dict[str, Any] = json.loads(output(command))
        return facts

    def write_sysconfig(self) -> None:
        """Write the module that sysconfig asks; without this machine's paths in it."""
        facts = self.account()
        name, variables = facts["sysconfig_module"], facts["config_vars"]
        target = os.path.join(self.out, "install", "lib", "python3.11", f"{name}.py")
        with open(target, "w", encoding="utf-8") as file:
            file.write("# What there is to say of the way in which this interpreter was built.\n")
            file.write(f"build_time_vars = {variables!r}\n")


UNWANTED = frozenset(
    {
        "Modules/config.o",  # PyOxidizer writes its own table
        "Modules/getpath_noop.o",
        "Python/deepfreeze/deepfreeze.o",
    }
)
