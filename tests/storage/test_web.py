"""What is fetched from web servers: of whom, where to, and for how long; real servers answer."""

import socket
import ssl
import time

import pytest

from hashsweep.errors import ItemError
from hashsweep.storage import web
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.web import REDIRECTS, Web
from support.servers.web import certificate, serving

BODY = b"what the object holds, " * 1_000


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """None of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's certificate: the file, and what a server needs."""
    folder = tmp_path_factory.mktemp("tls")
    return folder / "server.pem", certificate(folder)


@pytest.fixture
def server():
    """A web server."""
    with serving(BODY) as running:
        yield running


@pytest.fixture
def other():
    """Another one, at another port."""
    with serving(b"of another") as running:
        yield running


def ask(*servers, timeout=2.0, retries=0, web_timeout=20.0):
    """A client that may ask these servers."""
    hosts = tuple(each.host for each in servers)
    return Web(
        StoreOptions(timeout=timeout, retries=retries, allow_hosts=hosts, web_timeout=web_timeout)
    )


def whole(client, uri):
    """The bytes of an object."""
    return client.fetch(uri, lambda _, chunks: b"".join(chunks))


def failure(client, uri):
    """Why there are none: reason and detail."""
    with pytest.raises(ItemError) as error:
        whole(client, uri)
    return error.value.reason, error.value.detail


def test_an_allowed_host(server):
    """Its objects come, with what it says about them."""
    client = ask(server)
    facts = client.facts(server.at("/object?sig=canary"))

    assert whole(client, server.at("/object")) == BODY
    assert (facts.size, facts.etag) == (len(BODY), "tag")
    assert facts.mtime_ns == 1_772_359_200_000_000_000
    assert b"".join(client.chunks(server.at("/object"), len(BODY))) == BODY


def test_another_host_is_not_connected_to(server, other):
    """Not even looked up."""
    reason, detail = failure(ask(other), server.at("/object"))

    assert (reason, detail) == ("host-not-allowed", f"--allow-host does not name {server.host}")
    assert not server.asked
    assert failure(Web(StoreOptions()), "https://cdn.example/a")[1].endswith("name cdn.example")
    with pytest.raises(ItemError, match="host-not-allowed"):
        list(ask(other).chunks(server.at("/object"), 1))


def test_a_redirect_within_its_origin(server):
    """Is followed, in every form."""
    for there in ("/object", server.at("/object"), "object", f"//{server.host}/object"):
        assert whole(ask(server), server.at(f"/to?{there}")) == BODY


def test_a_redirect_elsewhere_is_refused(server, other):
    """Also to a host that is allowed for itself."""
    client = ask(server, other)
    for there in (
        other.at("/object"),
        f"https://{server.host}/object",
        f"http://user@{server.host}/object",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "",
    ):
        assert failure(client, server.at(f"/to?{there}"))[0] == "redirected"
    assert not other.asked


def test_redirects_without_end(server):
    """They are counted."""
    assert failure(ask(server), server.at("/loop")) == (
        "redirected",
        f"more than {REDIRECTS} times",
    )
    assert server.asked["/loop"] == REDIRECTS + 1


def test_encryption_is_not_given_up(server, tls, monkeypatch):
    """A redirect from https to http is refused; so is a certificate that nobody knows."""
    path, context = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with serving(BODY, context) as secure:
        assert whole(ask(secure), secure.at("/object")) == BODY
        found = failure(ask(secure, server), secure.at(f"/to?{server.at('/object')}"))
        assert found == ("redirected", "to another scheme, host or port")
        monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
        detail = "the server's certificate cannot be trusted"
        assert failure(ask(secure), secure.at("/object")) == ("io-error", detail)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_server_that_drips_ends(tls, path, encrypted, monkeypatch):
    """A byte now and then is no silence; the whole object has one bound."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    began = time.monotonic()
    with serving(BODY, tls[1] if encrypted else None) as server:
        found = failure(ask(server, web_timeout=1.0, retries=5), server.at(path))

    assert found == ("timeout", "the whole object takes longer than --web-timeout")
    assert 0.9 < time.monotonic() - began < 5


def test_the_bound_is_of_all_tries(server):
    """A server that is always busy does not make it longer."""
    began = time.monotonic()
    found = failure(ask(server, web_timeout=1.0, retries=1_000), server.at("/status/503"))

    assert found[0] == "timeout"
    assert 0.9 < time.monotonic() - began < 5


def test_a_name_that_is_never_found(monkeypatch):
    """A resolver that hangs is left behind."""
    monkeypatch.setattr(web.socket, "getaddrinfo", lambda *_, **__: time.sleep(4))
    began = time.monotonic()
    client = Web(StoreOptions(allow_hosts=("h",), web_timeout=0.5, retries=0))

    assert failure(client, "http://h/a")[0] == "timeout"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/status/401", ("denied", "the server refuses access")),
        ("/status/403", ("denied", "the server refuses access")),
        ("/status/404", ("gone", "the server has no such object")),
        ("/status/418", ("io-error", "the server answers with 418")),
        ("/status/500", ("io-error", "the server answers with 500")),
        ("/short", ("io-error", "the server or the network failed")),
        ("/endless", ("io-error", "the server does not say how many bytes it sends")),
        ("/unknown", ("io-error", "the server does not say how many bytes it sends")),
    ],
)
def test_what_goes_wrong(server, path, expected):
    """Each has its reason."""
    assert failure(ask(server), server.at(path)) == expected


def test_another_try(server):
    """A server that was busy is asked again; what takes the bytes starts afresh."""
    started = []

    def take(facts, chunks):
        started.append(facts.size)
        return b"".join(chunks)

    assert ask(server, retries=1).fetch(server.at("/busy-once"), take) == BODY
    assert failure(ask(server, retries=2), server.at("/short"))[0] == "io-error"
    assert server.asked["/short"] == 3
    assert len(started) == 1


def test_nothing_answers():
    """Neither at the port nor by the name."""
    with socket.socket() as held:  # nobody else gets its port, and nobody listens there
        held.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{held.getsockname()[1]}"
        client = Web(StoreOptions(allow_hosts=(here,), retries=0))
        assert failure(client, f"http://{here}/a")[1] == "nothing answers at the server's address"
    client = Web(StoreOptions(allow_hosts=("h.invalid",), retries=0))
    assert failure(client, "http://h.invalid/a")[1] == "DNS does not know the server's name"


def test_a_proxy(server, other, monkeypatch):
    """It is asked where the environment names one, and not for hosts that it spares."""
    monkeypatch.setenv("http_proxy", f"http://user:word@{server.host}")
    monkeypatch.setenv("https_proxy", server.host)
    assert whole(ask(other), other.at("/object")) == BODY
    assert server.asked[other.at("/object")] == 1
    assert server.headers["Proxy-Authorization"] == "Basic dXNlcjp3b3Jk"
    assert failure(ask(other), f"https://{other.host}/object")[0] == "io-error"
    assert server.asked[other.host] == 1

    monkeypatch.setenv("http_proxy", "http://proxy.example:x")
    assert failure(ask(other), other.at("/object"))[0] == "io-error"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert whole(ask(other), other.at("/object")) == b"of another"


def test_a_changed_object_is_noticed_in_chunks(server):
    """Its length is not what was said before."""
    with pytest.raises(ItemError, match="changed"):
        list(ask(server).chunks(server.at("/object"), 5))
    with pytest.raises(ItemError, match="io-error"):
        list(ask(server).chunks(server.at("/short"), len(BODY) + 1))
    with pytest.raises(ItemError, match="io-error"):
        list(ask(server).chunks(server.at("/status/503"), 5))


def test_certificates_are_checked():
    """By what Python trusts, for the very host."""
    context = Web(StoreOptions())._tls

    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
