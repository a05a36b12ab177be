/// The cells of the notebook that `mtl export notebook` writes.
enum NotebookCells {
  typealias Cell = (kind: Notebook.Cell.Kind, id: String, source: String)

  /// All of them; `sweepPath` is a Python literal.
  static func all(sweepPath: String) -> [Cell] {
    [
      (.code, "read", read.replacing("SWEEP_PATH", with: sweepPath)),
      (.markdown, "runs-title", "## Runs"), (.code, "runs", runs),
      (.markdown, "scores-title", "## Scores"), (.code, "scores", scores),
      (.markdown, "draw-title", matricesTitle), (.code, "draw", draw), (.code, "transfer", transfer),
      (.markdown, "affinity-title", "## Affinity: how training on the row changes the column"),
      (.code, "affinity", affinity),
      (.markdown, "seeds-title", "## Seeds as points"), (.code, "seeds", seeds),
      (.markdown, "curves-title", "## Learning curves"), (.code, "curves", curves),
      (.markdown, "files-title", filesTitle), (.code, "files", files), (.code, "adapters", adapters),
    ]
  }

  private static let matricesTitle = """
    ## Gains over the base

    Positive helps. Bold: the interval excludes zero. A dash: a run is missing.
    """

  private static let filesTitle = """
    ## The run files themselves

    Each run is one HDF5 file. The losses computed from its examples are those of `results.csv`, and the norm of the
    adapter's update, scale B A, shows which layers learned.
    """

  private static let read = #"""
    import os
    from pathlib import Path

    import h5py
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd
    from IPython.display import display

    SWEEP = Path(os.environ.get("MTL_SWEEP", SWEEP_PATH))  # the sweep's folder, which holds runs/
    plt.rcParams.update({"font.size": 8, "text.parse_math": False, "figure.dpi": 120})

    TEXTS = ["run_id", "subset", "state", "task", "category", "metric", "example_id", "cluster", "prediction",
             "reference", "matrix", "title", "row", "column", "scope", "estimand"]


    def table(name):
        # Only an empty cell is unknown: a task may be called NA, or 1.
        columns = pd.read_csv(name, nrows=0).columns
        return pd.read_csv(name, dtype={c: str for c in columns if c in TEXTS}, keep_default_na=False, na_values=[""])


    results, history, matrices = table("results.csv"), table("history.csv"), table("matrices.csv")
    examples = table("examples.csv")


    def ordered(values):
        return list(dict.fromkeys(values))
    """#

  private static let runs = #"""
    run_list = results.drop_duplicates("run_id")[["run_id", "subset", "seed", "state"]].reset_index(drop=True)
    steps = history.groupby("run_id").agg(
        steps=("step", "max"), tokens=("tokens", "sum"), last_loss=("loss", "last"), seconds=("seconds", "sum"))
    run_list.join(steps, on="run_id").assign(run_id=run_list["run_id"].str[:12])
    """#

  private static let scores = #"""
    def matrix(name, value="value"):
        part = matrices[matrices["matrix"] == name]
        return part.pivot(index="row", columns="column", values=value).reindex(
            index=ordered(part["row"]), columns=ordered(part["column"]))


    def title(name):
        return matrices.loc[matrices["matrix"] == name, "title"].iloc[0]


    def with_intervals(name, digits=2):
        value, lower, upper = matrix(name), matrix(name, "lower"), matrix(name, "upper")
        text = value.astype(object)
        for row in range(value.shape[0]):
            for column in range(value.shape[1]):
                v, l, u = value.iat[row, column], lower.iat[row, column], upper.iat[row, column]
                text.iat[row, column] = "—" if np.isnan(v) else (
                    f"{v:.{digits}f}" if np.isnan(l) else f"{v:.{digits}f} [{l:.{digits}f}, {u:.{digits}f}]")
        return text


    names = ordered(matrices["matrix"])
    for name in names:
        if name.startswith("scores-"):
            print(title(name))
            display(with_intervals(name))
    """#

  private static let draw = #"""
    def heat_map(name):
        value, lower, upper = matrix(name), matrix(name, "lower"), matrix(name, "upper")
        state = matrix(name, "state")
        limit = np.nanmax(np.abs(value.to_numpy(dtype=float))) if value.notna().any().any() else 1
        limit = limit or 1
        figure, axes = plt.subplots(
            figsize=(1.3 + 0.5 * value.shape[1], 0.9 + 0.26 * value.shape[0]), layout="constrained")
        image = axes.imshow(value.to_numpy(dtype=float), cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
        for row in range(value.shape[0]):
            for column in range(value.shape[1]):
                v = value.iat[row, column]
                if np.isnan(v):
                    text = "" if state.iat[row, column] == "undefined" else "—"
                    axes.text(column, row, text, ha="center", va="center")
                    continue
                certain = lower.iat[row, column] > 0 or upper.iat[row, column] < 0
                axes.text(column, row, f"{v:+.1f}", ha="center", va="center",
                          weight="bold" if certain else "normal", color="white" if abs(v) > 0.6 * limit else "black")
        axes.set_xticks(range(value.shape[1]), value.columns, rotation=90)
        axes.set_yticks(range(value.shape[0]), value.index)
        axes.xaxis.tick_top()
        axes.set_ylabel("trained on")
        figure.colorbar(image)
        print(title(name))
        plt.show()
    """#

  private static let transfer = #"""
    for name in names:
        if name.startswith("transfer-"):
            heat_map(name)
            display(with_intervals(name))
    """#

  private static let affinity = #"""
    for name in names:
        if name.startswith("affinity-"):
            heat_map(name)
    """#

  private static let seeds = #"""
    losses = results[(results["metric"] == "loss") & (results["subset"] != "base")].copy()
    losses["relative gain, %"] = 100 * losses["gain"] / losses["base_score"]
    tasks, subsets = ordered(losses["task"]), ordered(losses["subset"])
    across = min(len(tasks), 3)
    down = -(-len(tasks) // across)
    figure, grid = plt.subplots(
        down, across, figsize=(7, down * (0.6 + 0.16 * len(subsets))), sharex=True, sharey=True, squeeze=False,
        layout="constrained")
    for axes, task in zip(grid.flat, tasks):
        part = losses[losses["task"] == task]
        axes.plot(part["relative gain, %"], part["subset"].map(subsets.index), "o", markersize=3, alpha=0.7)
        axes.axvline(0, color="grey", linewidth=0.6, linestyle=":")
        axes.set_title(task, fontsize=8)
        axes.set_yticks(range(len(subsets)), subsets)
        axes.set_ylim(len(subsets) - 0.5, -0.5)
    for axes in grid.flat[len(tasks):]:
        axes.set_visible(False)
    figure.supxlabel("gain in loss over the base, %")
    plt.show()
    """#

  private static let curves = #"""
    figure, axes = plt.subplots(figsize=(4.5, 3), layout="constrained")
    for number, (subset, part) in enumerate(history.groupby("subset", sort=False)):
        for _, run in part.groupby("run_id", sort=False):
            axes.plot(run["step"], run["loss"], color=f"C{number % 10}", linewidth=0.9,
                      linestyle=["-", "--", ":"][number // 10 % 3], label=subset)
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1]))
    if handles:
        axes.legend(handles.values(), handles.keys(), fontsize=6, loc="upper left", bbox_to_anchor=(1, 1))
    axes.set_xlabel("step")
    axes.set_ylabel("training loss, nats per answer token")
    plt.show()
    """#

  private static let files = #"""
    def group_name(name):
        # As docs/hdf5.md has it.
        for letter in "%/.\0":
            name = name.replace(letter, f"%{ord(letter):02x}")
        return name or "%"


    def as_written(text):
        # The CSV has an apostrophe before what a spreadsheet would run as a formula.
        return text[1:] if text.startswith("'") else text


    found = {run: SWEEP / "runs" / f"{run}.h5" for run in ordered(results["run_id"])}
    found = {run: path for run, path in found.items() if path.exists()}
    print(f"{len(found)} run files under {SWEEP}; set MTL_SWEEP where the folder has moved")
    checked = 0
    for run, path in found.items():
        with h5py.File(path) as file:
            for row in results[(results["run_id"] == run) & (results["metric"] == "loss")].itertuples():
                if np.isnan(row.score):
                    continue
                group = file["evaluation"][group_name(as_written(row.task))]
                loss = group["nll"][:].sum() / group["tokens"][:].sum()
                assert np.isclose(loss, row.score, rtol=1e-9), (run, row.task)
                checked += 1
    print(f"{checked} losses agree with results.csv")
    """#

  private static let adapters = #"""
    norms = {}
    for run, path in found.items():
        with h5py.File(path) as file:
            if "adapter" not in file or not len(file["adapter"]):
                continue
            scale = file["adapter"].attrs["scale"]
            first = results[results["run_id"] == run].iloc[0]
            label = f"{first['subset']} seed {first['seed']:.0f}"
            norms[label] = {
                int(layer): np.sqrt(sum(np.linalg.norm(scale * m["B"][:] @ m["A"][:]) ** 2 for m in modules.values()))
                for layer, modules in file["adapter"].items()}
    if norms:
        norms = pd.DataFrame(norms).sort_index()
        axes = norms.iloc[:, :12].plot(figsize=(4.5, 3), linewidth=0.9)
        axes.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1, 1))
        axes.set_xlabel("layer")
        axes.set_ylabel("norm of the update")
        plt.show()
    """#
}
