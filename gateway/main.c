/* SPDX-License-Identifier: MIT
 * main.c - where the process begins: safe descriptors, one thread a product, then the
 * command line. The way of a request begins in worker.c. */
#include "gateway/cli/cli.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#ifdef ROOST_OPENBLAS
#include <cblas.h>
#endif

/* Whoever started us may have closed 0, 1 or 2; the next file opened would then take the
 * number, and log lines would end in it. */
static int hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
            continue;
        if (open("/dev/null", O_RDWR) != fd)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (hold_standard_descriptors() != 0)
        return GW_EXIT_FAILED;
#ifdef ROOST_OPENBLAS
    /* Requests already run side by side, one a worker; libroost leaves this to us. */
    openblas_set_num_threads(1);
#endif
    return gw_cli_run(argc, argv);
}
