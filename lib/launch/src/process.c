#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Result in memory shared by the caller and the intermediate process. An exit status does not suffice, because a
 * SIGCHLD handler of the caller may consume it. */
struct attempt {
    const struct execution* what;
    int error;
};

static void forget_signals(void) {
    struct sigaction standard;
    sigset_t none;
    int signal;

    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Waits until the program is executed or execution has failed. Both events close the child's end of a pipe. */
static int execute_in_child(struct attempt* attempt) {
    int ends[2];
    char nothing;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    child = _Fork();
    if (child < 0) return errno;
    if (child == 0) {
        attempt->error = 0;
        execve(attempt->what->program, attempt->what->arguments, environ);
        attempt->error = errno;
        _exit(127);
    }
    close(ends[1]);
    while (read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    return attempt->error;
}

/* Runs the intermediate process. Its end makes the daemon an orphan, so that no process has to wait for the daemon. All
 * calls are async-signal-safe, because other threads of the caller may have held locks at the fork. This process has no
 * other thread that could fork and keep the pipe open. */
static void run_between(struct attempt* attempt) {
    forget_signals();
    attempt->error = fcntl(attempt->what->fd, F_SETFD, 0) < 0 ? errno : execute_in_child(attempt);
}

static int wait_for_attempt(struct attempt* attempt) {
    pid_t between;

    attempt->error = ECHILD; /* remains if the intermediate process is killed at once */
    between = _Fork();
    if (between < 0) return errno;
    if (between == 0) {
        run_between(attempt);
        _exit(0);
    }
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR) {
    }
    return attempt->error;
}

int start_apart(const struct execution* what) {
    struct attempt* attempt;
    sigset_t all, before;
    int cancelling, error;

    attempt = mmap(NULL, sizeof *attempt, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (attempt == MAP_FAILED) return errno;
    attempt->what = what;
    /* Block signals, so that no handler of the caller runs in the new processes. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
    error = wait_for_attempt(attempt);
    pthread_setcancelstate(cancelling, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(attempt, sizeof *attempt);
    return error;
}

int replace_caller(const struct execution* what) {
    const int flags = fcntl(what->fd, F_GETFD);
    int error;

    if (flags < 0 || fcntl(what->fd, F_SETFD, 0) < 0) return errno;
    execve(what->program, what->arguments, environ);
    error = errno;
    fcntl(what->fd, F_SETFD, flags);
    return error;
}
