"""What happens when: intake, digitising a dossier, batches, the nightly run, schedules.

Floor 3 of the house: calls the rooms of floor 2 and records progress; holds no domain logic, knows
neither HTTP nor HTML.
"""

from __future__ import annotations
