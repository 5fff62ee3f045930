/* LLVM's libunwind comes from Debian built for glibc. musl has all that it calls but this: glibc's
   checked printf, which it uses for its own complaints before it aborts. The layout of what it shares
   with the C library (dl_phdr_info, pthread_rwlock_t: 56 and 32 bytes, zero at first) is the same. */
#include <stdarg.h>
#include <stdio.h>

int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int written = vfprintf(stream, format, arguments);
    va_end(arguments);
    return written;
}
