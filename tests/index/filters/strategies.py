"""Random filters."""

from hypothesis import strategies as st

from lsr_index.filters import nodes

OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def comparisons(name, values, *, ordered=True):
    """Every test of a field against values from a strategy."""
    field = st.just(name)
    operators = OPERATORS if ordered else st.sampled_from(["=", "!="])
    several = st.lists(values, min_size=1, max_size=3).map(tuple)
    tests = [
        st.builds(nodes.Compare, field, operators, values),
        st.builds(nodes.In, field, several, st.booleans()),
        st.builds(nodes.Exists, field),
    ]
    return st.one_of(*tests, st.builds(nodes.Between, field, values, values)) if ordered else st.one_of(*tests)


def joined(leaves):
    """Any and, or, not of leaves."""

    def join(parts):
        several = st.lists(parts, min_size=2, max_size=3)
        return st.one_of(several.map(nodes.all_of), several.map(nodes.any_of), parts.map(nodes.Not))

    return st.recursive(leaves, join, max_leaves=6)
