"""Routes of the reference service."""

import base64
import hashlib
import hmac
import json
import logging
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from .behaviour import Behaviour, Misbehaviour, burden
from .models import Base, Entity

TOKEN_SECONDS = 3600

if not os.environ.get("JWT_SECRET"):
    raise RuntimeError("JWT_SECRET is not set")

_behaviour = Behaviour.read()
if _behaviour.ends:
    sys.exit("reference: this release ends as soon as it starts")
_burden = burden(_behaviour)

# Both in the folder that it starts in.
Path("backups").mkdir(exist_ok=True)
logging.getLogger("reference.audit").addHandler(logging.FileHandler("security_audit.log"))

_secret = os.environ["JWT_SECRET"].encode()
_engine = create_async_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
_sessions = async_sessionmaker(_engine, expire_on_commit=False)


@asynccontextmanager
async def _life(_app: FastAPI) -> AsyncIterator[None]:
    if int(os.environ.get("WEB_CONCURRENCY", "1")) > 1:
        raise RuntimeError("one worker per process, please")
    async with _engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await _engine.dispose()


async def _session() -> AsyncIterator[AsyncSession]:
    async with _sessions() as session:
        yield session


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signature(signed: str) -> str:
    return _encoded(hmac.new(_secret, signed.encode(), hashlib.sha256).digest())


def _token(claims: dict[str, Any]) -> str:
    """Return a token as FunkyGibbon signs them: a JSON Web Token with HS256."""
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{_signature(signed)}"


def _authenticated(request: Request, given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    signed, _, signature = given.credentials.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed).encode()):
        raise HTTPException(401, "Invalid or expired token")
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    if claims["exp"] < time.time():
        raise HTTPException(401, "Invalid or expired token")
    writes = request.method == "PUT" or (request.method == "POST" and request.url.path.endswith("/entities"))
    if claims["role"] != "admin" and ("write" if writes else "read") not in claims["permissions"]:
        raise HTTPException(403, "Insufficient permissions")


class Login(BaseModel):
    """Body of a log-in."""

    password: str


class NewEntity(BaseModel):
    """Body of a write."""

    entity_type: str
    name: str
    content: dict[str, Any] = {}
    source_type: str = "manual"
    user_id: str


class Change(BaseModel):
    """Body of a change of an entity; what is left out stays."""

    name: str | None = None
    content: dict[str, Any] | None = None
    user_id: str


class Search(BaseModel):
    """Body of a search."""

    query: str
    limit: int = 10


Session = Annotated[AsyncSession, Depends(_session)]
Protected = [Depends(_authenticated)]
app = FastAPI(title="reference", lifespan=_life)
if _behaviour != Behaviour():
    app.middleware("http")(Misbehaviour(_behaviour))


@app.get("/health")
async def health() -> dict[str, str]:
    """Answer that the process lives; the database is not asked."""
    return {"status": "healthy"}


@app.post("/api/v1/auth/admin/login")
def login(given: Login) -> dict[str, Any]:
    """Return a token for the administrator's password."""
    try:
        PasswordHasher().verify(os.environ.get("ADMIN_PASSWORD_HASH", ""), given.password)
    except (InvalidHashError, VerificationError) as error:
        raise HTTPException(401, "Invalid password") from error
    now = int(time.time())
    claims = {"sub": "admin", "role": "admin", "permissions": ["read", "write"], "iat": now, "exp": now + TOKEN_SECONDS}
    return {"access_token": _token(claims), "token_type": "bearer", "expires_in": TOKEN_SECONDS, "role": "admin"}


def _public(entity: Entity) -> dict[str, Any]:
    return {name: getattr(entity, name) for name in ("id", "version", "entity_type", "name", "content", "user_id")}


@app.post("/api/v1/graph/entities", dependencies=Protected)
async def write(given: NewEntity, session: Session) -> dict[str, Any]:
    """Store a new entity and return it."""
    now = datetime.now(UTC).replace(tzinfo=None)
    entity = Entity(
        id=str(uuid.uuid4()),
        version=f"{now.isoformat()}-{given.user_id}",
        created_at=now,
        **given.model_dump(exclude={"source_type"}),
    )
    if not _behaviour.forgets:
        session.add(entity)
        await session.commit()
    return {"entity": _public(entity)}


@app.get("/api/v1/graph/entities/{identifier}", dependencies=Protected)
async def read_one(identifier: str, session: Session) -> dict[str, Any]:
    """Return an entity in its latest version, also one that is marked as deleted."""
    return {"entity": _public(await _latest(session, identifier))}


@app.put("/api/v1/graph/entities/{identifier}", dependencies=Protected)
async def change(identifier: str, given: Change, session: Session) -> dict[str, Any]:
    """Store a new version of an entity and return it. A version whose content says ``deleted`` is a deletion."""
    before = await _latest(session, identifier)
    now = datetime.now(UTC).replace(tzinfo=None)
    after = Entity(
        id=identifier,
        version=f"{now.isoformat()}-{given.user_id}",
        entity_type=before.entity_type,
        name=before.name if given.name is None else given.name,
        content=before.content if given.content is None else given.content,
        user_id=given.user_id,
        created_at=now,
    )
    await session.execute(update(Entity).filter_by(id=identifier, is_latest=True).values(is_latest=False))
    session.add(after)
    await session.commit()
    return {"entity": _public(after), "previous_version": before.version}


async def _latest(session: AsyncSession, identifier: str) -> Entity:
    found = (await session.scalars(select(Entity).filter_by(id=identifier, is_latest=True).limit(1))).first()
    if found is None:
        raise HTTPException(404, "Entity not found")
    return found


@app.get("/api/v1/graph/entities", dependencies=Protected)
async def read(session: Session, entity_type: str, limit: int = 10, offset: int = 0) -> dict[str, Any]:
    """Return a page of the entities of a type."""
    found = (await session.scalars(select(Entity).filter_by(entity_type=entity_type, is_latest=True))).all()
    page = [_public(entity) for entity in found[offset : offset + limit]]
    return {"entities": page, "total": len(found), "limit": limit, "offset": offset}


@app.post("/api/v1/graph/search", dependencies=Protected)
async def search(given: Search, session: Session) -> dict[str, Any]:
    """Return entities whose name contains the query, none that is marked as deleted."""
    latest = select(Entity).where(Entity.name.ilike(f"%{given.query}%"), Entity.is_latest)
    found = [entity for entity in await session.scalars(latest) if not entity.content.get("deleted")]
    results = [{"entity": _public(entity), "score": 1.0} for entity in found[: given.limit]]
    return {"query": given.query, "results": results, "count": len(results)}


@app.get("/api/v1/graph/statistics", dependencies=Protected)
async def statistics(session: Session) -> dict[str, Any]:
    """Return how many entities there are of each type."""
    rows = await session.execute(select(Entity.entity_type, func.count()).group_by(Entity.entity_type))
    types = dict(rows.tuples().all())
    return {"total_entities": sum(types.values()), "entity_types": types}
