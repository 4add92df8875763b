"""What was proposed, by whom, on what evidence, who decided: an append-only, tamper-evident record."""

from selfcode.ledger.book import Ledger
from selfcode.ledger.chain import check_chain, seal_of

__all__ = ["Ledger", "check_chain", "seal_of"]
