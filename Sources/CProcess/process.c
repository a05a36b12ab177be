#define _GNU_SOURCE
#include "mtl_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int spawn(pid_t *process, const char *program, char *const arguments[], const char *folder,
                 const int files[3]) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  if ((error = posix_spawnattr_init(&attributes))) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXFSZ};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&usual, signals[i]);
  short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
  error = posix_spawn_file_actions_addchdir_np(&actions, folder);
  for (int i = 0; i < 3 && !error; i++) error = posix_spawn_file_actions_adddup2(&actions, files[i], i);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
  if (!error) error = posix_spawnattr_setflags(&attributes, flags);
  if (!error) error = posix_spawnattr_setpgroup(&attributes, 0);
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &usual);
  if (!error) error = posix_spawnp(process, program, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* Process groups that go on: what ends with this process. Lock-free, so that a signal's handler may read it. */
static _Atomic pid_t running[256];
enum { RUNNING = sizeof running / sizeof *running };

/* Processes that may have started and are not noted yet. Their threads take no signals, so that a handler which waits for
 * them never waits for its own thread. */
static _Atomic int starting;

void mtl_process_kill_all(void) {
  const struct timespec moment = {.tv_nsec = 1000000};
  for (int i = 0; i < 2000 && atomic_load(&starting) > 0; i++) nanosleep(&moment, NULL);
  for (int i = 0; i < RUNNING; i++) {
    pid_t process = atomic_load(&running[i]);
    if (process > 1) kill(-process, SIGKILL);
  }
}

static void end_with_all(int number) {
  mtl_process_kill_all();
  signal(number, SIG_DFL);
  raise(number);
}

/* A terminal's ^C reaches our process group only. Whoever handles a signal differently is left alone. */
static void end_together(void) {
  const int signals[] = {SIGHUP, SIGINT, SIGTERM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction now;
    if (sigaction(signals[i], NULL, &now) != 0 || (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL) continue;
    /* Not deferred, so that raising it again ends the process there and then. */
    struct sigaction action = {.sa_handler = end_with_all, .sa_flags = SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(signals[i], &action, NULL);
  }
}

static void note(pid_t process) {
  for (int i = 0; i < RUNNING; i++) {
    pid_t none = 0;
    if (atomic_compare_exchange_strong(&running[i], &none, process)) return;
  }
}

static void forget(pid_t process) {
  for (int i = 0; i < RUNNING; i++) {
    pid_t expected = process;
    if (atomic_compare_exchange_strong(&running[i], &expected, 0)) return;
  }
}

int mtl_process_start(pid_t *process, const char *program, char *const arguments[], const char *folder,
                      const int files[3]) {
  /* Copies above 2: a descriptor that is already one of the first three would be overwritten by another. */
  int copies[3] = {-1, -1, -1};
  int error = 0;
  for (int i = 0; i < 3 && !error; i++) {
    copies[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 3);
    if (copies[i] < 0) error = errno;
  }
  if (!error) {
    end_together();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_fetch_add(&starting, 1);
    error = spawn(process, program, arguments, folder, copies);
    if (!error) note(*process);
    atomic_fetch_sub(&starting, 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  for (int i = 0; i < 3; i++) {
    if (copies[i] >= 0) close(copies[i]);
  }
  return error;
}

int mtl_process_state(pid_t process, int *value) {
  siginfo_t information;
  information.si_pid = 0;
  int result;
  do result = waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG | WNOWAIT);
  while (result != 0 && errno == EINTR);
  if (result != 0) return MTL_PROCESS_LOST;
  if (information.si_pid == 0) return MTL_PROCESS_RUNS;
  *value = information.si_status;
  return information.si_code == CLD_EXITED ? MTL_PROCESS_EXITED : MTL_PROCESS_SIGNALLED;
}

void mtl_process_kill(pid_t process) {
  if (process > 1) kill(-process, SIGKILL);
}

void mtl_process_release(pid_t process) {
  forget(process);
  (void)waitpid(process, NULL, WNOHANG);
}

int mtl_process_pipe(int ends[2]) {
#ifdef __linux__
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
#else
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return error;
  }
  return 0;
}
