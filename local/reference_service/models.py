"""Tables of the reference service, with a default that PostgreSQL refuses."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .behaviour import Behaviour

_NAME = Integer() if Behaviour.read().schema_differs else String(255)


class Base(DeclarativeBase):
    """Base of the tables."""

    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own way


class Entity(Base):
    """A thing in a house, in one of its versions."""

    # A name of its own, so that a release of the application makes its tables beside it.
    __tablename__ = "reference_entities"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[str] = mapped_column(String(255), primary_key=True)
    entity_type: Mapped[str] = mapped_column(String(50), index=True)
    name: Mapped[str] = mapped_column(_NAME)
    content: Mapped[dict[str, Any]]
    user_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    is_latest: Mapped[bool] = mapped_column(default=True, server_default=text("1"))
