/* Programs that are expected to end: statements run in a process of their own. */
#ifndef ENDS_H
#define ENDS_H

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int child_exit;        /* what the process gave to exit; -1 where a signal ended it */
static char child_said[4096]; /* what it wrote to stderr */

#define IN_CHILD(...)                                                                            \
    do {                                                                                         \
        int child_pipe[2], child_status;                                                         \
        if (pipe(child_pipe)) exit(1);                                                           \
        if (fork() == 0) {                                                                       \
            dup2(child_pipe[1], STDERR_FILENO);                                                  \
            __VA_ARGS__;                                                                         \
            _exit(0);                                                                            \
        }                                                                                        \
        close(child_pipe[1]);                                                                    \
        ssize_t child_length = read(child_pipe[0], child_said, sizeof child_said - 1);           \
        child_said[child_length < 0 ? 0 : child_length] = 0;                                     \
        close(child_pipe[0]);                                                                    \
        wait(&child_status);                                                                     \
        child_exit = WIFEXITED(child_status) ? WEXITSTATUS(child_status) : -1;                   \
    } while (0)

/* Has it ended as it should, or by a signal after a message with both of these texts? */
__attribute__((unused)) static int is_right_or_said(const char *place, const char *why) {
    if (child_exit >= 0) return child_exit == 0;
    return strstr(child_said, place) && strstr(child_said, why);
}

#endif
