/* The packed form's start: unpack the executable into memory and become it.
 *
 * There is no C library beneath this. The kernel maps the compressed executable together with
 * this program, the decoder writes straight into the pages of a memfd, the memfd is sealed, and
 * execveat() replaces this program by its content. The process stays the same one, so that its
 * id, arguments, environment, open files, signal dispositions and limits are what they were.
 * Nothing on disk is needed, /proc neither.
 */

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>

#define ZSTD_STATIC_LINKING_ONLY
#include "zstd.h"

#ifndef MFD_EXEC /* Linux 6.3 */
#define MFD_EXEC 0x0010U
#endif

#define FAILED 1 /* the exit code of rocketpy for what is no fault of the configuration */
#define STDERR 2

/* The compressed executable, between two labels that the linker places. */
__asm__(".section .rodata.payload, \"a\"\n"
        ".balign 16\n"
        "payload: .incbin \"payload.zst\"\n"
        "payload_end:\n"
        ".previous\n");
extern const unsigned char payload[], payload_end[];

/* What the decoder works with; its window is the destination itself. The size is zstd's own
 * estimate, which is checked when the decoder is set up. */
static char workspace[192 * 1024] __attribute__((aligned(16)));

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static size_t length(const char *text)
{
    size_t count = 0;
    while (text[count])
        count++;
    return count;
}

static void say(const char *text)
{
    call(__NR_write, STDERR, (long)text, (long)length(text), 0, 0, 0);
}

/* Print `Error: cannot unpack the executable: what (errno N)` and end. */
static _Noreturn void fail(const char *what, long error)
{
    char digits[24], *at = digits + sizeof digits;
    say("Error: cannot unpack the executable: ");
    say(what);
    if (error) {
        *--at = 0;
        for (error = -error; error; error /= 10)
            *--at = (char)('0' + error % 10);
        say(" (errno ");
        say(at);
        say(")");
    }
    say("\n");
    for (;;)
        call(__NR_exit_group, FAILED, 0, 0, 0, 0, 0);
}

static int is_error(long result)
{
    return result < 0 && result >= -4095;
}

/* Return a new memfd; its name is what `ps` shows on newer kernels, so it is the program's. */
static long open_memory(const char *program)
{
    const char *name = program;
    for (; *program; program++)
        if (*program == '/' && program[1])
            name = program + 1;
    char kept[64]; /* the kernel takes no name of more than 249 bytes */
    size_t count = 0;
    for (; name[count] && count < sizeof kept - 1; count++)
        kept[count] = name[count];
    kept[count] = 0;

    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    long fd = call(__NR_memfd_create, (long)kept, flags | MFD_EXEC, 0, 0, 0, 0);
    if (fd == -EINVAL) /* a kernel before 6.3 knows no MFD_EXEC and needs none */
        fd = call(__NR_memfd_create, (long)kept, flags, 0, 0, 0, 0);
    if (fd == -EACCES)
        fail("executables in memory are forbidden here, see the sysctl vm.memfd_noexec", fd);
    if (is_error(fd))
        fail("the kernel gives no file in memory, memfd_create failed", fd);
    return fd;
}

static void unpack(long fd)
{
    size_t packed = (size_t)(payload_end - payload);
    unsigned long long size = ZSTD_getFrameContentSize(payload, packed);
    ZSTD_DCtx *decoder = ZSTD_initStaticDCtx(workspace, sizeof workspace);
    if (!decoder)
        fail("the decoder's workspace is too small", 0);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || !size)
        fail("its content is damaged, no size found", 0);

    long result = call(__NR_ftruncate, fd, (long)size, 0, 0, 0, 0);
    if (!result) /* all of the memory now, where its lack is an error; later it would be SIGBUS */
        result = call(__NR_fallocate, fd, 0, 0, (long)size, 0, 0);
    if (result)
        fail("not enough memory", result);
    long pages = call(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                      fd, 0);
    if (is_error(pages))
        fail("not enough memory, mmap failed", pages);

    size_t written = ZSTD_decompressDCtx(decoder, (void *)pages, (size_t)size, payload, packed);
    if (ZSTD_isError(written) || written != size)
        fail("its content is damaged, build or copy it again", 0);
    call(__NR_munmap, pages, (long)size, 0, 0, 0, 0); /* else it could not be sealed */
}

/* Become the executable. `stack` is what the kernel gave: argc, argv, 0, envp, 0. */
__attribute__((used)) _Noreturn void become(long *stack)
{
    char **arguments = (char **)(stack + 1);
    char **environment = arguments + stack[0] + 1;

    long fd = open_memory(stack[0] ? arguments[0] : "");
    unpack(fd);
    long result = call(__NR_fcntl, fd, F_ADD_SEALS,
                       F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, 0, 0, 0);
    if (result)
        fail("the memory cannot be sealed", result);
    result = call(__NR_execveat, fd, (long)"", (long)arguments, (long)environment, AT_EMPTY_PATH,
                  0);
    fail("execveat failed", result);
}

__asm__(".globl _start\n"
        "_start: xor %ebp, %ebp\n"
        "        mov %rsp, %rdi\n"
        "        and $-16, %rsp\n"
        "        call become\n");
