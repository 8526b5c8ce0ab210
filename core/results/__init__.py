"""Tables of results, their intervals, comparisons and exports."""
