"""The part of a discovery document that the embedded Google Cloud keeps."""

from assembly.values import Json
from local.gcp.rest.data import Kind
from tools.google_apis import closure, cut

DOCUMENT: Json = {
    "rootUrl": "https://shelf.googleapis.com/",
    "servicePath": "shelf/v1/",
    "revision": "20260101",
    "version": "v1",
    "resources": {
        "projects": {
            "resources": {
                "books": {
                    "methods": {
                        "get": {
                            "id": "shelf.projects.books.get",
                            "httpMethod": "GET",
                            "path": "{+name}",
                            "flatPath": "projects/{projectsId}/books/{booksId}",
                            "parameters": {"name": {"description": "Required. It.", "location": "path"}},
                            "response": {"$ref": "Book"},
                        },
                        "burn": {"id": "shelf.projects.books.burn", "httpMethod": "POST", "path": "burn"},
                    }
                }
            }
        }
    },
    "schemas": {
        "Book": {
            "description": "A book.",
            "properties": {
                "title": {"description": "Required. What is on it.", "type": "string"},
                "subtitle": {"description": "Required if there is one.", "type": "string"},
                "pages": {"description": "Output only. How many.", "type": "integer"},
                "author": {"$ref": "Person"},
                "kind": {"default": "shelf#book", "type": "string"},
            },
            "type": "object",
        },
        "Person": {"properties": {"books": {"items": {"$ref": "Book"}, "type": "array"}}, "type": "object"},
        "Shop": {"type": "object"},
    },
}
KIND = Kind(document="shelf.v1", form="longrunning", resource="projects.books")


def test_the_methods_of_the_kinds_are_kept_with_the_schemas_that_they_need() -> None:
    kept = cut(DOCUMENT, [KIND])

    assert kept["host"] == "shelf.googleapis.com"
    assert kept["revision"] == "20260101"
    assert kept["methods"].keys() == {"shelf.projects.books.get"}
    assert kept["methods"]["shelf.projects.books.get"]["path"] == "shelf/v1/projects/{projectsId}/books/{booksId}"
    assert kept["schemas"].keys() == {"Book", "Person"}


def test_of_descriptions_only_what_they_say_of_the_value_is_kept() -> None:
    book = cut(DOCUMENT, [KIND])["schemas"]["Book"]

    assert "description" not in str(book)
    assert book["kind"] == "shelf#book"
    assert book["properties"]["title"] == {"required": True, "type": "string"}
    assert book["properties"]["subtitle"] == {"type": "string"}
    assert book["properties"]["pages"] == {"readOnly": True, "type": "integer"}


def test_other_methods_are_kept_where_the_kind_names_them() -> None:
    kind = Kind(document="shelf.v1", form="longrunning", resource="projects.books", methods=["burn"])

    assert cut(DOCUMENT, [kind])["methods"].keys() == {"shelf.projects.books.burn"}


def test_schemas_may_refer_to_each_other() -> None:
    assert closure(DOCUMENT["schemas"], ["Person"]) == {"Book", "Person"}
