"""Pure: counts that leave their scope: small ones are hidden, and with them enough that none can be computed.

Small is 1 to 10, as in the cell size policy of CMS; 0 names nobody and stays. A total is a count like any
other. Who knows this, that what is hidden is at least 1, and every number that is shown, still finds two
values for each hidden count. For hidden counts are the edges of a graph between rows and columns, and one can
differ where a circle of edges can grow and shrink in turn.
"""

import heapq
from collections.abc import Iterator, Sequence

SMALLEST = 11
Cell = tuple[int, int]  # row and column
Node = tuple[str, int]


def suppressed(counts: Sequence[Sequence[int]]) -> list[list[int | None]]:
    """Return a table with a column and a row of totals, None for what is hidden. Counts are not negative."""
    if not counts or not counts[0]:
        return []
    table = _Table(counts)
    waiting = table.small()
    hidden = set(waiting)
    while waiting:
        cell = waiting.pop()
        # What is hidden later only adds ways to differ, so each is looked at once.
        further = table.circle(cell, hidden) - hidden
        hidden |= further
        waiting += sorted(further)
    return [
        [None if (r, c) in hidden else n for c, n in enumerate(row)] for r, row in enumerate(table.counts)
    ]


class _Table:
    """A table with its totals, in which every row and column adds up."""

    def __init__(self, counts: Sequence[Sequence[int]]) -> None:
        rows = [[*row, sum(row)] for row in counts]
        self.counts = [*rows, [sum(column) for column in zip(*rows, strict=True)]]
        self.last = (len(self.counts) - 1, len(self.counts[0]) - 1)

    def small(self) -> list[Cell]:
        """Return what may not be shown."""
        return [(r, c) for r, row in enumerate(self.counts) for c, n in enumerate(row) if 0 < n < SMALLEST]

    def circle(self, cell: Cell, hidden: set[Cell]) -> set[Cell]:
        """Return the cells of the cheapest circle that lets `cell` differ; what is hidden costs nothing.

        There always is one: a count and its three totals may all be higher by one.
        """
        row, column = ("row", cell[0]), ("column", cell[1])
        ways = []
        if self._may_move(cell, down=False):
            ways.append(self._path(column, row, cell, hidden))
        if self._may_move(cell, down=True):
            ways.append(self._path(row, column, cell, hidden))
        return min(way for way in ways if way is not None)[1]

    def _may_move(self, cell: Cell, *, down: bool) -> bool:
        """Say whether a count may follow an arc. A total moves against its row, so its sign is turned."""
        margin = (cell[0] == self.last[0]) != (cell[1] == self.last[1])
        falls = down != margin
        count: int = self.counts[cell[0]][cell[1]]
        return count >= (2 if falls else 1)

    def _path(
        self, start: Node, goal: Node, avoided: Cell, hidden: set[Cell]
    ) -> tuple[int, set[Cell]] | None:
        best: dict[Node, tuple[int, list[Cell]]] = {}
        queue: list[tuple[int, Node, list[Cell]]] = [(0, start, [])]
        while queue:
            cost, node, cells = heapq.heappop(queue)
            if node in best:
                continue
            best[node] = (cost, cells)
            if node == goal:
                return cost, set(cells)
            for cell, further in self._arcs(node):
                if cell != avoided and further not in best:
                    price = 0 if cell in hidden else self.counts[cell[0]][cell[1]]
                    heapq.heappush(queue, (cost + price, further, [*cells, cell]))
        return None

    def _arcs(self, node: Node) -> Iterator[tuple[Cell, Node]]:
        """Yield what can move from a row (up, in its sign) or from a column (down), and where it leads."""
        kind, n = node
        if kind == "row":
            for c in range(self.last[1] + 1):
                if self._may_move((n, c), down=False):
                    yield (n, c), ("column", c)
        else:
            for r in range(self.last[0] + 1):
                if self._may_move((r, n), down=True):
                    yield (r, n), ("row", r)
