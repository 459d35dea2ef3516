"""The packed form: a small static program that unpacks the executable into memory and executes it.

It is less than half as large as the plain form. Each start costs the time to unpack it, and memory
for the whole executable, which containers of one image cannot share.

The program is `stub/unpack.c`, linked with zstd's decoder and no C library.
"""

from __future__ import annotations

import glob
import os
import platform
import shutil
import tarfile
from typing import TYPE_CHECKING

import zstandard

from rocketpy.packaging import BuildError
from rocketpy.packaging.fetch.download import fetch
from rocketpy.packaging.steps import programs
from rocketpy.packaging.steps.cache import file_digest, tree_digest

if TYPE_CHECKING:
    from rocketpy.packaging.steps.cache import Cache

ZSTD = "1.5.7"
"""The version of zstd whose decoder is linked in. It decodes what any later version compresses."""
URL = f"https://static.crates.io/crates/zstd-sys/zstd-sys-2.0.16+zstd.{ZSTD}.crate"
"""Its source on crates.io: a tenth of zstd's own archive, from a server that Cargo uses as well."""
SHA256 = "91e19ebc2adc8f83e43039e79776e3fda8ca919132d68a1fed6a5faca2683748"

STUB = os.path.join(os.path.dirname(__file__), "stub")
SOURCES = (
    "common/entropy_common.c",
    "common/error_private.c",
    "common/fse_decompress.c",
    "common/xxhash.c",
    "common/zstd_common.c",
    "decompress/huf_decompress.c",
    "decompress/zstd_ddict.c",
    "decompress/zstd_decompress.c",
    "decompress/zstd_decompress_block.c",
)
FLAGS = (
    *("-std=gnu11", "-Os", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-w"),
    # gcc must not turn memcpy()'s own loop into a call of memcpy().
    "-fno-tree-loop-distribute-patterns",
    *("-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),
    *("-ffunction-sections", "-fdata-sections"),
    # The assembler and BMI2 variants double the decoder's size for 3 % of the time.
    *("-DZSTD_DISABLE_ASM=1", "-DDYNAMIC_BMI2=0", "-DZSTD_NO_TRACE", "-DNDEBUG"),
)
LINK_FLAGS = (
    *("-nostdlib", "-static", "-no-pie", "-s"),
    "-Wl,--gc-sections,--build-id=none,-z,noseparate-code,-z,noexecstack",
)
SMALLEST = 22
"""zstd's highest level: half a minute for each build, and the smallest download for each start."""


def pack(executable: str, output: str, cache: Cache) -> None:
    """Write the packed form of a static executable.

    The same executable, compiler and version of the zstandard package give the same bytes.

    Args:
        executable: the static executable's path.
        output: the path to write.
        cache: where the steps' results are kept.

    Raises:
        BuildError: the machine is no x86-64, gcc fails, or zstd's source is not available.
    """
    if platform.machine() != "x86_64":
        raise BuildError(
            f"the packed form is made for x86_64 only, and this machine is {platform.machine()}: "
            f"build without --packed"
        )
    decoder = _decoder(cache)

    def make(folder: str) -> None:
        with open(executable, "rb") as file:
            plain = file.read()
        with open(os.path.join(folder, "payload.zst"), "wb") as file:
            file.write(compress(plain))
        objects = sorted(glob.glob(os.path.join(decoder, "*.o")))
        sources = [os.path.join(STUB, name) for name in ("unpack.c", "libc.c")]
        command = ["gcc", *FLAGS, *LINK_FLAGS, f"-I{decoder}", "-o", "packed", *sources, *objects]
        programs.run(command, log=cache.log("pack"), cwd=folder)
        os.remove(os.path.join(folder, "payload.zst"))

    packing = (os.path.basename(decoder), tree_digest(STUB), LINK_FLAGS, zstandard.__version__)
    result = cache.result(
        "Pack", [file_digest(executable), packing, SMALLEST], make, note=os.path.basename(output)
    )
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    # Replaced, not overwritten: the old file may be running.
    shutil.copyfile(os.path.join(result, "packed"), f"{output}.part")
    os.chmod(f"{output}.part", 0o755)  # noqa: S103  (it is a program)
    os.replace(f"{output}.part", output)


def compress(plain: bytes) -> bytes:
    """Return an executable's content as one zstd frame, with its size and its checksum.

    The window is as large as the content: the decoder writes into the whole of it in any case.
    """
    parameters = zstandard.ZstdCompressionParameters.from_level(
        SMALLEST,
        source_size=len(plain),
        window_log=max(len(plain).bit_length(), zstandard.WINDOWLOG_MIN),
        write_content_size=True,
        write_checksum=True,
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(plain)


def _decoder(cache: Cache) -> str:
    """Return the folder with zstd's header and the decoder's objects, made when needed."""
    gcc = programs.output(["gcc", "--version"]).partition("\n")[0]

    def make(folder: str) -> None:
        archive = os.path.join(cache.work("downloads"), os.path.basename(URL))
        fetch(URL, SHA256, archive)
        library = os.path.join(os.path.basename(URL).removesuffix(".crate"), "zstd", "lib")
        with tarfile.open(archive) as tar:
            # Python before 3.11.4 has no such filter, and ignores the attribute.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            members = [m for m in tar.getmembers() if m.name.startswith(f"{library}/")]
            tar.extractall(folder, members)  # noqa: S202  (filtered above)
        files = [os.path.join(library, name) for name in SOURCES]
        programs.run(["gcc", *FLAGS, "-c", *files], log=cache.log("pack"), cwd=folder)
        for header in ("zstd.h", "zstd_errors.h"):
            shutil.copy(os.path.join(folder, library, header), folder)
        shutil.rmtree(os.path.join(folder, library.partition(os.sep)[0]))

    return cache.result("Unpacker", [SHA256, SOURCES, FLAGS, gcc], make, note=f"zstd {ZSTD}")
