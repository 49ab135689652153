"""The bare cost of fetching a bucket's objects with obstore: list, get, let go. Prints how many.

python benchmarks/bare_fetch.py BUCKET
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import obstore
from obstore.store import S3Store

store = S3Store(sys.argv[1], client_options={"allow_http": True})
keys = [meta["path"] for page in obstore.list(store, chunk_size=1000) for meta in page]
with ThreadPoolExecutor(24) as threads:
    sizes = threads.map(lambda key: len(obstore.get(store, key).bytes()), keys)
    print(sum(size > 0 for size in sizes))
