"""Options of curl that the printed lines use, for a machine without curl."""

import argparse

import requests

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("-s", action="store_true")
parser.add_argument("-H", dest="headers", action="append", default=[])
parser.add_argument("-d", dest="body")
given = parser.parse_args()
headers = dict(each.split(": ", 1) for each in given.headers)
method = "GET" if given.body is None else "POST"
print(requests.request(method, given.url, headers=headers, data=given.body, timeout=60).text, end="")
