/* Runs a command and writes its wall seconds, processor seconds and peak memory in KiB to a file.
 *
 * Usage: measure FILE COMMAND [ARGUMENT…]
 *
 * Linux counts the memory of the process that starts a program as the program's own peak: a new program inherits the
 * peak of what called exec. This one is small, so that only programs of less than 2 MiB are affected. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int argc, char **argv) {
    struct timespec begun, ended;
    struct rusage used;
    int status;
    if (argc < 3) {
        fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
        return 125;
    }
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0) return 125;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    FILE *file = fopen(argv[1], "w");
    if (!file) return 125;
    fprintf(file, "%.6f %.6f %ld\n", ended.tv_sec - begun.tv_sec + (ended.tv_nsec - begun.tv_nsec) / 1e9,
            seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
    if (fclose(file)) return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
