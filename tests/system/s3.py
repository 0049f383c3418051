"""An imitation of S3 for the tests: strict about what muster sends, and able to fail in the ways S3 does.

It computes every signature anew from the published algorithm
(https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), so that nothing is taken for
right because muster and the imitation share a mistake. Parts, ETags, listings and errors are as the API
reference of S3 says; objects lie in memory.

    s3 = S3()
    s3.fail(times=2, status=503, code="SlowDown", operation="UploadPart")
    s3.objects["bucket"]["prefix/name"].body
"""
import base64
import hashlib
import hmac
import http.server
import re
import ssl
import threading
import time
import urllib.parse
import uuid
from datetime import datetime, timezone
from xml.sax.saxutils import escape

KEY_ID = "AKIDEXAMPLE"
SECRET = "canary-s3-secret-key-7b1e"
REGION = "eu-test-1"
LEAST_PART = 5 << 20
MOST_KEYS = 1000


class Refused(Exception):
    def __init__(self, status, code, message=""):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


class Object:
    def __init__(self, body, etag):
        self.body, self.etag = body, etag


class Upload:
    def __init__(self, bucket, key):
        self.bucket, self.key, self.parts = bucket, key, {}


class Fault:
    """Hits the next `times` requests that fit: a status with a code, a connection that is cut before or after the
    work was done, an error that comes with status 200, or a delay."""

    def __init__(self, times=1, operation="", key="", status=0, code="InternalError", cut="", late_error=False,
                 delay=0.0, after=0, retry_after=None):
        self.times, self.operation, self.key, self.status, self.code = times, operation, key, status, code
        self.cut, self.late_error, self.delay, self.after, self.retry_after = cut, late_error, delay, after, retry_after

    def fits(self, operation, key):
        if self.times == 0 or (self.operation and self.operation != operation) or self.key not in key:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


def hmac_of(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def encoded(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical_query(raw):
    """Every parameter decoded and encoded again as AWS says, sorted: whoever encodes otherwise is refused."""
    pairs = []
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        pairs.append((encoded(urllib.parse.unquote(name)), encoded(urllib.parse.unquote(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


class S3:
    def __init__(self, buckets=("backups",), page=MOST_KEYS, tls=None, least_part=LEAST_PART):
        self.objects = {bucket: {} for bucket in buckets}
        self.uploads, self.faults, self.journal, self.problems = {}, [], [], []
        self.page, self.least_part, self.lock = page, least_part, threading.Lock()
        self.most_body = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def work(self):
                outer.answer(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = work

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # whoever is killed or cut off

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def fail(self, **what):
        with self.lock:
            self.faults.append(Fault(**what))

    def names(self, bucket="backups"):
        with self.lock:
            return sorted(self.objects[bucket])

    def did(self, operation):
        with self.lock:
            return [entry for entry in self.journal if entry["operation"] == operation]

    # ---- one request ----

    def answer(self, http):
        body = self.read_body(http)
        operation, bucket, key, query = "?", "", "", {}
        try:
            if body is None:
                raise Refused(411, "MissingContentLength")
            bucket, key, query = self.place_of(http)
            operation = self.operation_of(http.command, key, query)
            with self.lock:
                self.most_body = max(self.most_body, len(body))
                fault = next((one for one in self.faults if one.fits(operation, key or query.get("prefix", ""))), None)
                self.journal.append({"operation": operation, "bucket": bucket, "key": key, "query": query,
                                     "bytes": len(body), "fault": bool(fault), "headers": dict(http.headers)})
            if fault and fault.delay:
                time.sleep(fault.delay)
            if fault and fault.cut == "before":
                return self.cut(http)
            if fault and fault.status:
                return self.refuse(http, Refused(fault.status, fault.code), fault.retry_after)
            self.check_signature(http, body)
            self.check_digest(http, body)
            if bucket not in self.objects:
                raise Refused(404, "NoSuchBucket")
            if fault and fault.late_error:
                return self.send(http, 200, self.error_of(Refused(200, fault.code)))
            with self.lock:
                status, headers, answer = getattr(self, "do_" + operation)(http, bucket, key, query, body)
            if fault and fault.cut == "after":
                return self.cut(http)
            if fault and fault.cut == "middle":
                http.send_response(status)
                http.send_header("Content-Length", str(len(answer)))
                http.end_headers()
                http.wfile.write(answer[:len(answer) // 2])
                return self.cut(http)
            self.send(http, status, answer, headers)
        except Refused as refused:
            if refused.status == 403:
                with self.lock:
                    self.problems.append(f"{http.command} {http.path}: {refused.code} {refused.message}")
            self.refuse(http, refused)

    @staticmethod
    def read_body(http):
        if http.command not in ("PUT", "POST"):
            return b""
        if "Content-Length" not in http.headers:
            return None
        return http.rfile.read(int(http.headers["Content-Length"]))

    def cut(self, http):
        http.close_connection = True
        http.connection.close()

    def send(self, http, status, body=b"", headers=()):
        http.send_response(status)
        for name, value in headers:
            http.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            http.send_header("Content-Length", str(len(body)))
        http.end_headers()
        if http.command != "HEAD":
            http.wfile.write(body)

    @staticmethod
    def error_of(refused):
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{refused.code}</Code><Message>'
                f"{escape(refused.message)}</Message><RequestId>{uuid.uuid4()}</RequestId></Error>").encode()

    def refuse(self, http, refused, retry_after=None):
        headers = [("Content-Type", "application/xml")]
        if retry_after is not None:
            headers.append(("Retry-After", str(retry_after)))
        self.send(http, refused.status, self.error_of(refused), headers)

    def place_of(self, http):
        """Path style (/bucket/key) or virtual-hosted style (bucket.localhost)."""
        path, _, raw = http.path.partition("?")
        query = {urllib.parse.unquote(name): urllib.parse.unquote(value)
                 for name, _, value in (part.partition("=") for part in filter(None, raw.split("&")))}
        host = http.headers.get("Host", "").rpartition(":")[0]
        if host.endswith(".localhost"):
            return host[:-len(".localhost")], urllib.parse.unquote(path[1:]), query
        bucket, _, key = path[1:].partition("/")
        return bucket, urllib.parse.unquote(key), query

    @staticmethod
    def operation_of(method, key, query):
        if not key:
            if method == "GET" and "uploads" in query:
                return "ListMultipartUploads"
            if method == "GET" and query.get("list-type") == "2":
                return "ListObjectsV2"
            raise Refused(405, "MethodNotAllowed")
        if method == "POST" and "uploads" in query:
            return "CreateMultipartUpload"
        if method == "POST" and "uploadId" in query:
            return "CompleteMultipartUpload"
        if method == "PUT" and "partNumber" in query:
            return "UploadPart"
        if method == "DELETE" and "uploadId" in query:
            return "AbortMultipartUpload"
        simple = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
        if method not in simple or query:
            raise Refused(501, "NotImplemented")
        return simple[method]

    # ---- what is checked of every request ----

    def check_signature(self, http, body):
        given = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
                             r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})", http.headers.get("Authorization", ""))
        if not given:
            raise Refused(403, "AccessDenied", "no signature")
        key_id, day, region, names, signature = given.groups()
        at = http.headers.get("X-Amz-Date", "")
        if not re.fullmatch(r"\d{8}T\d{6}Z", at) or not at.startswith(day):
            raise Refused(403, "AccessDenied", "no date")
        when = datetime.strptime(at, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
        if abs(time.time() - when) > 900:
            raise Refused(403, "RequestTimeTooSkewed")
        if key_id != KEY_ID:
            raise Refused(403, "InvalidAccessKeyId")
        if region != REGION:
            raise Refused(400, "AuthorizationHeaderMalformed", f"expecting '{REGION}'")
        digest = http.headers.get("x-amz-content-sha256", "")
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise Refused(400, "InvalidRequest", "x-amz-content-sha256 is missing")
        signed = names.split(";")
        sent = {name.lower() for name in http.headers.keys()}
        must = {"host"} | {name for name in sent if name.startswith("x-amz-") or name == "content-md5"}
        if signed != sorted(signed) or not must <= set(signed) or not set(signed) <= sent:
            raise Refused(403, "AccessDenied", f"signed are {names}, sent {sorted(sent)}")
        path, _, raw = http.path.partition("?")
        headers = "".join(f"{name}:{' '.join(http.headers[name].split())}\n" for name in signed)
        request = "\n".join([http.command, path, canonical_query(raw), headers, names, digest])
        text = "\n".join(["AWS4-HMAC-SHA256", at, f"{day}/{region}/s3/aws4_request",
                          hashlib.sha256(request.encode()).hexdigest()])
        key = ("AWS4" + SECRET).encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac_of(key, part)
        if not hmac.compare_digest(hmac_of(key, text).hex(), signature):
            raise Refused(403, "SignatureDoesNotMatch", request)
        if hashlib.sha256(body).hexdigest() != digest:
            raise Refused(400, "XAmzContentSHA256Mismatch")

    @staticmethod
    def check_digest(http, body):
        given = http.headers.get("Content-MD5")
        if given is not None and given != base64.b64encode(hashlib.md5(body).digest()).decode():
            raise Refused(400, "BadDigest")

    # ---- the operations ----

    def do_PutObject(self, http, bucket, key, query, body):
        if http.headers.get("Content-MD5") is None:
            raise Refused(400, "InvalidRequest", "muster says Content-MD5 of what it sends")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.objects[bucket][key] = Object(body, etag)
        return 200, [("ETag", etag)], b""

    def object(self, bucket, key):
        if key not in self.objects[bucket]:
            raise Refused(404, "NoSuchKey")
        return self.objects[bucket][key]

    def do_GetObject(self, http, bucket, key, query, body):
        found = self.object(bucket, key)
        if http.headers.get("If-Match") not in (None, found.etag):
            raise Refused(412, "PreconditionFailed")
        asked = http.headers.get("Range")
        if asked is None:
            return 200, [("ETag", found.etag)], found.body
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", asked).groups())
        if first >= len(found.body):
            raise Refused(416, "InvalidRange")
        part = found.body[first:last + 1]
        return 206, [("ETag", found.etag),
                     ("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(found.body)}")], part

    def do_HeadObject(self, http, bucket, key, query, body):
        found = self.object(bucket, key)
        return 200, [("ETag", found.etag), ("Content-Length", str(len(found.body)))], b""

    def do_DeleteObject(self, http, bucket, key, query, body):
        self.objects[bucket].pop(key, None)  # S3 says the same of what is not there
        return 204, [], b""

    def do_ListObjectsV2(self, http, bucket, key, query, body):
        after = query.get("continuation-token", "")
        names = [name for name in sorted(self.objects[bucket])
                 if name.startswith(query.get("prefix", "")) and name > after]
        shown, more = names[:self.page], len(names) > self.page
        rows = "".join(f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                       f"<ETag>{escape(self.objects[bucket][name].etag)}</ETag>"
                       f"<Size>{len(self.objects[bucket][name].body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
                       for name in shown)
        token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
        return 200, [("Content-Type", "application/xml")], (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name>'
            f"<KeyCount>{len(shown)}</KeyCount><MaxKeys>{self.page}</MaxKeys>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{rows}</ListBucketResult>").encode()

    def do_CreateMultipartUpload(self, http, bucket, key, query, body):
        upload = "u+/" + uuid.uuid4().hex  # has to be encoded in a query
        self.uploads[upload] = Upload(bucket, key)
        return 200, [], (f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
                         f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>").encode()

    def upload(self, bucket, key, query):
        found = self.uploads.get(query["uploadId"])
        if not found or (found.bucket, found.key) != (bucket, key):
            raise Refused(404, "NoSuchUpload")
        return found

    def do_UploadPart(self, http, bucket, key, query, body):
        number = int(query["partNumber"])
        if not 1 <= number <= 10000:
            raise Refused(400, "InvalidArgument")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.upload(bucket, key, query).parts[number] = Object(body, etag)
        return 200, [("ETag", etag)], b""

    def do_CompleteMultipartUpload(self, http, bucket, key, query, body):
        upload = self.upload(bucket, key, query)
        named = re.findall(r"<Part><PartNumber>(\d+)</PartNumber><ETag>([^<]+)</ETag></Part>", body.decode())
        numbers = [int(number) for number, _ in named]
        if not named or numbers != sorted(set(numbers)):
            raise Refused(400, "InvalidPartOrder")
        for place, (number, etag) in enumerate(named):
            part = upload.parts.get(int(number))
            if part is None or part.etag != etag.replace("&quot;", '"'):
                raise Refused(400, "InvalidPart")
            if place + 1 < len(named) and len(part.body) < self.least_part:
                raise Refused(400, "EntityTooSmall")
        parts = [upload.parts[number] for number in numbers]
        sums = b"".join(hashlib.md5(part.body).digest() for part in parts)
        etag = f'"{hashlib.md5(sums).hexdigest()}-{len(parts)}"'
        self.objects[bucket][key] = Object(b"".join(part.body for part in parts), etag)
        del self.uploads[query["uploadId"]]
        return 200, [], (f"<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
                         f"<ETag>{escape(etag)}</ETag></CompleteMultipartUploadResult>").encode()

    def do_AbortMultipartUpload(self, http, bucket, key, query, body):
        self.upload(bucket, key, query)
        del self.uploads[query["uploadId"]]
        return 204, [], b""

    def do_ListMultipartUploads(self, http, bucket, key, query, body):
        rows = "".join(f"<Upload><Key>{escape(one.key)}</Key><UploadId>{name}</UploadId></Upload>"
                       for name, one in sorted(self.uploads.items())
                       if one.bucket == bucket and one.key.startswith(query.get("prefix", "")))
        return 200, [], (f"<ListMultipartUploadsResult><Bucket>{bucket}</Bucket><IsTruncated>false</IsTruncated>{rows}"
                         "</ListMultipartUploadsResult>").encode()
