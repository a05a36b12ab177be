/* Tasks in a shared library, loaded with `mtl --plugin path.so`.
 *
 * The library defines one function:
 *
 *   const mtl_plugin *mtl_plugin_entry(void);
 *
 * What it returns, and everything that is reached from there, stays valid and unchanged until the program ends. All
 * texts are UTF-8 and end with a zero byte. Functions are called from one thread at a time. See docs/plugins.md.
 */
#ifndef MTL_PLUGIN_H
#define MTL_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a struct below does; a program refuses libraries of another version. */
#define MTL_PLUGIN_ABI_VERSION 1

/* The library's own: an open split. */
typedef struct mtl_examples mtl_examples;

typedef struct mtl_task {
  const char *name;
  const char *category;
  /* "multiple_choice", "generate_until" or "loglikelihood". */
  const char *output_type;
  /* Most tokens of a generated answer; 0 for the program's default. */
  int32_t max_new_tokens;

  /* Begins the split "train" or "test"; NULL where the task has no such split. */
  mtl_examples *(*open_split)(const struct mtl_task *task, const char *split);
  /* The next example as one JSON object, valid until the next call: {"prompt", "target"} and, where wanted, "id",
   * "references", "choices", "cluster". NULL at the end, or after an error. */
  const char *(*next_example)(mtl_examples *examples);
  /* What went wrong after next_example gave NULL, or NULL for nothing; may itself be NULL. */
  const char *(*read_error)(mtl_examples *examples);
  /* Frees an open split. */
  void (*close_split)(mtl_examples *examples);

  /* A metric of the task's own; metric_name is NULL where there is none. */
  const char *metric_name;
  /* Numbers that metric_parts writes for an example, 1 to 64. */
  int32_t metric_part_count;
  /* What the sums over examples become: "mean" (first part over the number of examples), "ratio" (first part over the
   * second), "f1" (parts: true positives, false positives, false negatives). */
  const char *metric_score;
  /* Judges one answer: {"prediction", "references", "choices", "likelihoods", "gold"}. 0 for success. */
  int32_t (*metric_parts)(const struct mtl_task *task, const char *outcome, double *parts);
} mtl_task;

typedef struct mtl_plugin {
  /* MTL_PLUGIN_ABI_VERSION: the first field of every version. */
  uint32_t abi_version;
  uint32_t task_count;
  const mtl_task *tasks;
} mtl_plugin;

const mtl_plugin *mtl_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
