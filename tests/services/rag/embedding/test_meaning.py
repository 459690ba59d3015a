"""What the model knows: a question finds its code among the others, also where they share few words."""

import numpy as np
import pytest

from app.services.rag.embedding import StaticEmbedding

CODE = {
    "retry": (
        "def call_again(action, attempts, backoff):\n"
        "    for attempt in range(attempts):\n"
        "        try:\n"
        "            return action()\n"
        "        except ConnectionError:\n"
        "            time.sleep(backoff * 2 ** attempt)"
    ),
    "password": (
        "def verify(plain, stored):\n"
        "    salt, digest = stored.split('$')\n"
        "    return hmac.compare_digest(scrypt(plain, salt), digest)"
    ),
    "json": ("func Decode(data []byte, v any) error {\n\treturn json.NewDecoder(bytes.NewReader(data)).Decode(v)\n}"),
    "upload": (
        "async function saveFile(request) {\n"
        "  const form = await request.formData();\n"
        "  await writeFile(path, form.get('file').stream());\n"
        "}"
    ),
    "sort": (
        "fn quicksort<T: Ord>(items: &mut [T]) {\n"
        "    let pivot = partition(items);\n"
        "    quicksort(&mut items[..pivot]);\n"
        "}"
    ),
    "cache": (
        "def get(self, key):\n"
        "    entry = self._entries.get(key)\n"
        "    if entry is None or entry.expires < now():\n"
        "        return None\n"
        "    self._entries.move_to_end(key)\n"
        "    return entry.value"
    ),
    "mail": (
        "def deliver(message, host, port):\n"
        "    with smtplib.SMTP(host, port) as server:\n"
        "        server.send_message(message)"
    ),
    "lock": (
        "public void runExclusive(Runnable task) {\n"
        "  mutex.lock();\n"
        "  try { task.run(); } finally { mutex.unlock(); }\n"
        "}"
    ),
    "route": "router.add('GET', '/users/{id}', handler=show_user, middleware=[auth])",
    "migrate": ("def upgrade():\n    op.add_column('users', sa.Column('email', sa.String(), nullable=False))"),
    "log": "logger.addHandler(RotatingFileHandler(path, maxBytes=size, backupCount=count))",
    "thumbnail": (
        "def shrink(image, width, height):\n    return image.resize((width, height), Image.LANCZOS).save(out, 'JPEG')"
    ),
    "date": ("def parse_timestamp(text):\n    return datetime.strptime(text, '%Y-%m-%dT%H:%M:%S').replace(tzinfo=UTC)"),
    "socket": (
        "int listen_on(int port) {\n"
        "  int fd = socket(AF_INET, SOCK_STREAM, 0);\n"
        "  bind(fd, &addr, sizeof addr);\n"
        "  return listen(fd, 16);\n"
        "}"
    ),
    "tree": ("def walk(node):\n    yield node\n    for child in node.children:\n        yield from walk(child)"),
    "csv": "rows = csv.DictReader(open(path), delimiter=';')",
    "token": (
        "def issue(user, secret):\n    return jwt.encode({'sub': user.id, 'exp': expiry()}, secret, algorithm='HS256')"
    ),
    "thread": ("ExecutorService pool = Executors.newFixedThreadPool(workers);\npool.submit(() -> process(job));"),
    "regex": (
        'private static final Pattern EMAIL = Pattern.compile("[^@]+@[^@]+");\nreturn EMAIL.matcher(input).matches();'
    ),
    "shell": "subprocess.run(['git', 'clone', url], check=True, capture_output=True)",
}


QUESTIONS = {
    "try a failed network request again with exponential delay": "retry",
    "check that a user's password is correct": "password",
    "parse json from bytes": "json",
    "handle a file upload": "upload",
    "sort a list in place": "sort",
    "look up a cached value that has not expired": "cache",
    "send an email": "mail",
    "acquire and release a lock around a task": "lock",
    "register a url route": "route",
    "database schema migration that adds a column": "migrate",
    "configure log file rotation": "log",
    "create a thumbnail of a picture": "thumbnail",
    "convert a string to a date and time": "date",
    "open a tcp server port": "socket",
    "traverse all descendants of a tree recursively": "tree",
    "read a csv file": "csv",
    "create a signed authentication token": "token",
    "run jobs in a thread pool": "thread",
    "validate an email address with a regular expression": "regex",
    "execute an external command": "shell",
}


@pytest.fixture(scope="module")
def embedding() -> StaticEmbedding:
    return StaticEmbedding.load()


def rank(embedding: StaticEmbedding, question: str) -> int:
    likeness = embedding.embed(list(CODE.values())) @ embedding.embed([question])[0]
    return 1 + int(np.sum(likeness > likeness[list(CODE).index(QUESTIONS[question])]))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_its_code_among_the_first_three(embedding: StaticEmbedding, question: str) -> None:
    assert rank(embedding, question) <= 3


def test_most_questions_have_their_code_first(embedding: StaticEmbedding) -> None:
    assert sum(rank(embedding, question) == 1 for question in QUESTIONS) >= 17
