"""What was proposed, on what evidence, and who decided: an append-only, tamper-evident record."""

from selfcode.ledger.book import Ledger
from selfcode.ledger.chain import check_chain, seal_of

__all__ = ["Ledger", "check_chain", "seal_of"]
