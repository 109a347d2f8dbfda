"""Which facilities does a grant give on a day? The one condition that every query over grants asks.

A grant without a facility gives all of them, also later ones; one of a place gives what lies under it on
that day, and nothing where the place is unknown or has ended. Of a grant `g` and a facility `f`; UTC days.
"""

TODAY = "{0}.valid_from <= %(today)s AND ({0}.valid_to IS NULL OR {0}.valid_to >= %(today)s)"
_UNDER = f"""g.place_id IS NOT NULL AND EXISTS (
           SELECT 1 FROM place_reach r JOIN place p ON p.id = r.place_id
            WHERE r.place_id = g.place_id AND r.facility_id = f.id
              AND {TODAY.format("r")} AND {TODAY.format("p")})"""  # noqa: S608 - our own constants
GIVES = f"(g.facility_id IS NULL OR g.facility_id = f.id OR ({_UNDER}))"
STANDS = """g.ended_at IS NULL AND (g.valid_from IS NULL OR g.valid_from <= %(today)s)
       AND (g.valid_to IS NULL OR g.valid_to >= %(today)s)"""
