"""Archive evidence that scales: evidence records by RFC 4998, one time stamp for all objects of a day.

``hash_tree`` builds and reduces the Merkle trees, ``syntax`` is the ASN.1, ``record`` puts a record
together and renews it, ``verification`` judges one and ``tokens`` its time stamps, which ``stamping``
gets.
"""

from __future__ import annotations
