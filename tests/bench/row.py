"""A line of the benchmark: the samples of everybody, and what follows from them."""
import statistics


class Target:
    """What has been promised: in words, and as a question to the row."""

    def __init__(self, text, met):
        self.text, self.met = text, met


def at_least(figure):
    return Target(f"≥ {figure_text(figure)}", lambda row: row.median >= figure)


def at_most(figure):
    return Target(f"≤ {figure_text(figure)}", lambda row: row.median <= figure)


def at_least_of_floor(share):
    return Target(f"≥ {share:.0%} of the floor".replace("%", " %"), lambda row: row.ratio >= share)


def at_most_of_floor(times):
    return Target(f"≤ {times:g} × the floor", lambda row: row.ratio <= times)


def figure_text(figure):
    """Three digits that matter, and all before the point: 1,234,567 · 45.6 · 0.123."""
    if figure is None:
        return "—"
    if figure == int(figure) or abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}" if abs(figure) >= 1 else f"{figure:.3g}"


def median(samples):
    return statistics.median(samples) if samples else None


def samples_text(samples):
    """Median and, when there are several, the least and the most."""
    if not samples:
        return "—"
    text = figure_text(median(samples))
    return text if len(samples) == 1 else f"{text} ({figure_text(min(samples))} … {figure_text(max(samples))})"


class Row:
    """name, unit, and whether more is better; manyi, floor: samples, one a round; peers: {name: samples, or why there are none}.

    target: a Target, or a number (at least it when more is better, else at most). note stands below the table in any case,
    reason only when the target is missed: what profiling found. command: how this line alone is had again."""

    def __init__(self, name, unit, higher_is_better, manyi=(), peers=None, floor=None, target=None, command=None,
                 note=None, reason=None):
        self.name, self.unit, self.higher_is_better = name, unit, higher_is_better
        self.manyi, self.peers, self.floor = manyi, dict(peers or {}), floor
        if isinstance(target, (int, float)):
            target = at_least(target) if higher_is_better else at_most(target)
        self.target, self.command, self.note, self.reason = target, command, note, reason

    @property
    def median(self):
        return median(self.manyi)

    @property
    def ratio(self):
        """Of Manyi's median to the floor's; None without one."""
        return self.median / median(self.floor) if self.manyi and self.floor and median(self.floor) else None

    def peer(self, name):
        """A peer's median; None when it could not be measured."""
        samples = self.peers.get(name)
        return None if isinstance(samples, str) else median(samples)

    @property
    def met(self):
        """True, False, or None: nothing was promised. What could not be measured has not been met."""
        if not self.target:
            return None
        try:
            return bool(self.manyi) and bool(self.target.met(self))
        except TypeError:  # compared with a floor or a peer that is not there
            return False

    @property
    def verdict(self):
        return {None: "", True: "met", False: "**MISSED**"}[self.met]

    def as_json(self):
        """Medians under the promised names, all samples beside them."""
        spread = {"manyi": list(self.manyi), "floor": list(self.floor or ())}
        spread.update({name: samples for name, samples in self.peers.items() if not isinstance(samples, str)})
        return {
            "name": self.name, "unit": self.unit, "higher_is_better": self.higher_is_better,
            "manyi": self.median, "peers": {name: self.peer(name) for name in self.peers},
            "floor": median(self.floor) if self.floor else None, "ratio_to_floor": self.ratio,
            "target": self.target.text if self.target else None, "met": self.met, "samples": spread,
            "absent": {name: why for name, why in self.peers.items() if isinstance(why, str)},
            "command": self.command, "note": self.note, "reason": self.reason if self.met is False else None,
        }
