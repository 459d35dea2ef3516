"""CPython's objects and a static interpreter, compiled and, unless it is to be quick, trained."""

from __future__ import annotations

import glob
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rocketpy.packaging.interpreter import extension_modules, profile_training
from rocketpy.packaging.steps import toolchain
from rocketpy.packaging.steps.cache import file_digest
from rocketpy.packaging.steps.programs import output, run

if TYPE_CHECKING:
    from rocketpy.packaging.interpreter.python_source import Source
    from rocketpy.packaging.steps.cache import Cache

HERE = os.path.dirname(__file__)
FROZEN_C = os.path.join(HERE, "c", "frozen.c")
FREEZE = os.path.join(HERE, "freeze_modules.py")
DOTTED_BUILTINS = os.path.join(HERE, "dotted_builtins.py")
DESCRIBE = os.path.join(HERE, "describe_interpreter.py")

FILES = (__file__, extension_modules.__file__, FROZEN_C, FREEZE, DOTTED_BUILTINS, DESCRIBE)
"""Files of this package that the result depends on."""

FEATURES = frozenset({"tls", "zlib"})
"""What `--features` may name. zlib is always linked: the packed modules are deflated."""

EPOCH = "1672531200"
"""The time that compilers are given (2023-01-01), so that it does not show in their output."""

FLAGS = (
    "-O2",
    # The launcher is linked at a random address, with only the sections that something refers to.
    "-fPIE",
    "-ffunction-sections",
    "-fdata-sections",
    # No exception passes through C frames: Rust catches a panic before it reaches them.
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    f"-ffile-prefix-map={profile_training.FOLDER}=.",
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
    # frozen.c replaces CPython's, and needs no code objects as C data.
    "DEEPFREEZE_OBJS=",
)
PROFILED = (
    "-fprofile-use -fprofile-correction -Wno-missing-profile"
    # A twelfth faster: hot functions are inlined across files.
    " -flto=auto -fno-fat-lto-objects"
)
CORE_OBJECT = "core.o"
SITE = "sitecustomize.py"
FROZEN_ALREADY = ("FREEZE_MODULE_DEPS=", "FREEZE_MODULE_BOOTSTRAP_DEPS=")
"""Variables of make that keep it from writing the frozen modules again."""
UNWANTED = frozenset(
    {
        "Modules/config.o",  # PyOxidizer writes a table of its own
        "Modules/getpath_noop.o",
        "Python/deepfreeze/deepfreeze.o",
    }
)
"""Objects that are not linked into the core."""

ENVIRONMENT: dict[str, str | None] = {
    "SOURCE_DATE_EPOCH": EPOCH,
    "LC_ALL": "C.UTF-8",
    "PWD": profile_training.FOLDER,
    "CC": "gcc",
    **dict.fromkeys(("CFLAGS", "CPPFLAGS", "LDFLAGS", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS")),
}
"""The environment of the compilers: a user's own flags do not count."""


@dataclass(frozen=True)
class Recipe:
    """The choices of a build that change the interpreter.

    Args:
        features: "tls" links OpenSSL, with the modules ssl and _hashlib. "zlib" changes nothing.
        quick: compiled at -O2 without training a profile: minutes less, and slower requests.
    """

    features: frozenset[str] = frozenset()
    quick: bool = False

    @property
    def tls(self) -> bool:
        """Whether OpenSSL is linked in."""
        return "tls" in self.features


@dataclass(frozen=True)
class NativePackage:
    """A package with an extension module that is linked into the interpreter.

    Args:
        name: the package's name, as on the index.
        version: its version.
        module: the extension module's dotted name.
        init: the module's init function.
        folder: the folder with the results of compiling it, licences/ among them.
        object: the path of its one object file, which shows no symbol but `init`.
        components: name, version, licence (SPDX), url and sha256 of each part of it.
    """

    name: str
    version: str
    module: str
    init: str
    folder: str
    object: str
    components: list[dict[str, Any]]


@dataclass(frozen=True)
class CPython:
    """What was compiled.

    Args:
        folder: holds objects/ and install/, with bin/, include/ and lib/ below it.
        facts: what PyOxidizer has to know of the interpreter, and its table of built-in modules.
    """

    folder: str
    facts: dict[str, Any]

    @property
    def executable(self) -> str:
        """The path of the static interpreter, which has its library beside it."""
        return os.path.join(self.folder, "install", "bin", "python3.11")


def cpython(cache: Cache, recipe: Recipe, source: Source, native: NativePackage) -> CPython:
    """Compile CPython with pydantic-core linked in.

    Args:
        cache: where results are kept.
        recipe: what kind of interpreter.
        source: the source of CPython.
        native: pydantic-core.

    Raises:
        BuildError: a compiler fails.
    """
    libraries = ["libz.a", *(("libssl.a", "libcrypto.a") if recipe.tls else ())]
    inputs = [
        os.path.basename(source.folder),
        file_digest(native.object),
        [file_digest(toolchain.library(name)) for name in libraries],
        [file_digest(path) for path in FILES],
        [] if recipe.quick else profile_training.inputs(native.version),
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
    """One compilation, in a folder that is removed after it."""

    def __init__(self, cache: Cache, recipe: Recipe, native: NativePackage, out: str) -> None:
        self.cache, self.recipe, self.native, self.out = cache, recipe, native, out
        self.log = cache.log("cpython")
        self.folder = os.path.join(out, "build")
        self.python = os.path.join(out, "install", "bin", "python3.11")

    def make(self, source: Source) -> None:
        """Do all of it."""
        shutil.copytree(source.folder, self.folder, symlinks=True)
        shutil.copy(FROZEN_C, os.path.join(self.folder, "Python", "frozen.c"))
        self.configure()
        self.install_library()
        if self.recipe.quick:
            self.compile("first pass", "")
            self.freeze()
            self.write_sysconfig()
            flags = ""
        else:
            self.compile("instrumented", "-fprofile-generate -fprofile-update=single")
            self.freeze()
            self.write_sysconfig()
            with self.cache.progress.step("CPython: training"):
                profile_training.train(self.cache, self.folder, self.native.version, self.log)
            self.remove_objects()
            flags = PROFILED
        # LINKCC=true: the objects are compiled, and linked below.
        self.compile("final pass", flags, *FROZEN_ALREADY, "LINKCC=true")
        self.link(flags)
        self.write_facts()
        shutil.rmtree(self.folder)

    def configure(self) -> None:
        """Choose the modules, and add pydantic-core to their table."""
        with self.cache.progress.step("CPython: configure"):
            command = ["./configure", "--quiet", *CONFIGURE, f"CFLAGS={' '.join(FLAGS)}"]
            run(command, cwd=self.folder, env=ENVIRONMENT, log=self.log)
        modules = os.path.join(self.folder, "Modules")
        with open(os.path.join(modules, "Setup.stdlib"), encoding="utf-8") as file:
            chosen = extension_modules.setup(file.read(), tls=self.recipe.tls)
        with open(os.path.join(modules, "Setup.local"), "w", encoding="utf-8") as file:
            file.write(chosen)
        run(["make", "Makefile"], cwd=self.folder, env=ENVIRONMENT, log=self.log)
        extension_modules.add(self.folder, self.native.module, self.native.init)

    def compile(self, what: str, flags: str, *variables: str) -> None:
        """Compile the interpreter, and link it unless a variable keeps make from that."""
        command = [*MAKE, f"-j{len(os.sched_getaffinity(0))}", *variables, "python"]
        command += [f"CFLAGS_NODIST={flags}", f"LDFLAGS_NODIST={flags}"]
        command += [f"LIBS={self.native.object}"]
        with self.cache.progress.step(f"CPython: {what}"):
            run(command, cwd=self.folder, env=ENVIRONMENT, log=self.log)
        built = os.path.join(self.folder, "python")
        if os.path.exists(built):
            os.makedirs(os.path.dirname(self.python), exist_ok=True)
            shutil.copy(built, self.python)

    def link(self, flags: str) -> None:
        """Link all of the library into one object, and that into the interpreter.

        The used parts of the static libraries are linked into the object as well: the launcher's
        linker needs no libraries then, whose order would matter.
        """
        core = os.path.join(self.out, "objects", CORE_OBJECT)
        os.makedirs(os.path.dirname(core))
        found = {
            os.path.relpath(path, self.folder)
            for folder in ("Objects", "Parser", "Python", "Modules")
            for path in glob.glob(f"{self.folder}/{folder}/**/*.o", recursive=True)
        }
        names = ["libz.a", *(("libssl.a", "libcrypto.a") if self.recipe.tls else ())]
        libraries = ["-Wl,--start-group", *map(toolchain.library, names), "-Wl,--end-group"]
        compiler = ["gcc", *FLAGS, *flags.split()]
        command = [*compiler, "-r", "-nostdlib", *sorted(found - UNWANTED), *libraries, "-o", core]
        command += ["-flinker-output=nolto-rel"] if "-flto" in flags else []
        with self.cache.progress.step("CPython: link"):
            run(command, cwd=self.folder, env=ENVIRONMENT, log=self.log)
            command = [*compiler, "-static", "Programs/python.o", "Modules/config.o", core]
            command += [self.native.object, "-lm", "-o", self.python]
            run(command, cwd=self.folder, env=ENVIRONMENT, log=self.log)
            run(["strip", self.python], log=self.log)

    def freeze(self) -> None:
        """Write the frozen modules again, without what the executable does not need of them."""
        folder = os.path.join(self.folder, "Python", "frozen_modules")
        with open(FROZEN_C, encoding="utf-8") as file:
            lines = [line for line in file if line.startswith('#include "frozen_modules/')]
        names = [line.split("/")[1].removesuffix('.h"\n') for line in lines]
        command = [self.python, "-I", "-B", "-S", "-X", "no_debug_ranges", FREEZE]
        command += [os.path.join(self.folder, "Lib"), folder, *names]
        run(command, env={**ENVIRONMENT, "PYTHONHASHSEED": "0"}, log=self.log)
        os.remove(os.path.join(self.folder, "Python", "frozen.o"))

    def remove_objects(self) -> None:
        """Keep the profile alone of what the instrumented interpreter left."""
        for at, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith((".o", ".a")):
                    os.remove(os.path.join(at, name))
        os.remove(os.path.join(self.folder, "python"))

    def install_library(self) -> None:
        """Lay out the standard library as the interpreter looks for it."""
        install = os.path.join(self.out, "install")
        library = os.path.join(install, "lib", "python3.11")
        skip = shutil.ignore_patterns("__pycache__", "*.exe", "ensurepip", "idlelib", "turtledemo")
        shutil.copytree(os.path.join(self.folder, "Lib"), library, ignore=skip)
        shutil.copy(DOTTED_BUILTINS, os.path.join(library, SITE))
        os.symlink("../install", os.path.join(self.folder, "install"))
        # Without this folder each start of the interpreter prints a warning.
        os.makedirs(os.path.join(library, "lib-dynload"))
        include = os.path.join(install, "include", "python3.11")
        shutil.copytree(os.path.join(self.folder, "Include"), include)
        shutil.copy(os.path.join(self.folder, "pyconfig.h"), include)

    def write_facts(self) -> None:
        """Write the facts, and copy the licences."""
        with open(os.path.join(self.folder, "Modules", "config.c"), encoding="utf-8") as file:
            modules = extension_modules.table(file.read())
        facts = {**self.describe(), "modules": modules}
        with open(os.path.join(self.out, "facts.json"), "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, sort_keys=True)
        for name in ("LICENSE", "LICENSE.debian"):
            if os.path.exists(os.path.join(self.folder, name)):
                shutil.copy(os.path.join(self.folder, name), self.out)

    def describe(self) -> dict[str, Any]:
        """Return what `describe_interpreter` prints."""
        facts: dict[str, Any] = json.loads(
            output([self.python, "-I", "-B", "-S", DESCRIBE, "/install"])
        )
        return facts

    def write_sysconfig(self) -> None:
        """Write the module that sysconfig reads, without this machine's paths in it."""
        facts = self.describe()
        name, variables = facts["sysconfig_module"], facts["config_vars"]
        target = os.path.join(self.out, "install", "lib", "python3.11", f"{name}.py")
        with open(target, "w", encoding="utf-8") as file:
            file.write("# The few facts of the build that an executable may have to know.\n")
            file.write(f"build_time_vars = {variables!r}\n")
