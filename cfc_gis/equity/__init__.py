"""Who is left behind: how evenly access is spread over children, and where little of it clusters.

- :func:`measures`: Gini, Palma, Theil's T with its parts, concentration and the poverty measures of excess distance.
- :func:`lorenz`: points of the Lorenz curve.
- :func:`spots`: hot and cold spots of neighbourhoods.
- :func:`ways`, :func:`with_groups`, :func:`from_centre`: what they are made from.

The measures themselves, on arrays, stand in :mod:`cfc_gis.equity.inequality`.
"""

from cfc_gis.equity.clusters import spots
from cfc_gis.equity.people import from_centre, ways, with_groups
from cfc_gis.equity.table import lorenz, measures

__all__ = ["from_centre", "lorenz", "measures", "spots", "ways", "with_groups"]
