# What is public, for type checkers and editors: `__init__.py` imports it when it is first asked for.
from banc.errors import BancError as BancError
from banc.errors import UsageError as UsageError
from banc.interface import compile as compile
from banc.interface import load as load
from banc.interface import load_model as load_model
from banc.interface import results as results

__version__: str
__all__: list[str]
