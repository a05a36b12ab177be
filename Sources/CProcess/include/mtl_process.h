/* Starting programs in a process group of their own, and asking how they ended, without waiting and without threads. */
#ifndef MTL_PROCESS_H
#define MTL_PROCESS_H

#include <sys/types.h>

/* Starts `program`, looked for in PATH unless its name has a slash, in `folder`, with `files` as standard input, output
 * and error and no other descriptor. Its process group is its own, and is killed when a signal that nobody handles
 * (SIGHUP, SIGINT, SIGTERM) ends this process. 0, or an errno. */
int mtl_process_start(pid_t *process, const char *program, char *const arguments[], const char *folder,
                      const int files[3]);

/* How a process is. */
enum { MTL_PROCESS_RUNS, MTL_PROCESS_EXITED, MTL_PROCESS_SIGNALLED, MTL_PROCESS_LOST };

/* Asks how a process is, at once; `value` becomes the exit status or the signal. Until it is let go its number stays
 * its own, so that its group can be killed. */
int mtl_process_state(pid_t process, int *value);

/* Kills a process and all of its group. */
void mtl_process_kill(pid_t process);

/* Kills all that was started and not let go; a signal's handler may call it. */
void mtl_process_kill_all(void);

/* Lets a process go that has ended; one that has not is left to the system. */
void mtl_process_release(pid_t process);

/* A pipe whose ends programs do not inherit, reading from which does not wait. 0, or an errno. */
int mtl_process_pipe(int ends[2]);

#endif
