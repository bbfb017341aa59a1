/* Rows of Arrow buffers into the pages of a SQLite table, without SQLite and without the GIL.
 *
 * SQLite itself makes the file, with one empty table; this appends the pages of that table's b-tree in the
 * order of its row numbers and, at the end, puts the root in its place and the number of pages into the
 * file's header. The format is SQLite's public and frozen one (https://sqlite.org/fileformat2.html); the
 * section numbers below are that page's. Nobody reads the file before it is whole.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE
#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAF = 13, INTERIOR = 5, LEAF_HEADER = 8, INTERIOR_HEADER = 12 };
enum { WELL = 0, NO_MEMORY = -1, NO_ROOM = -2, TOO_BIG = -3, TOO_MANY = -4 };
static const int64_t LARGEST_ROW = 1000000000; /* SQLITE_MAX_LENGTH, bytes of one record */
static const size_t AT_ONCE = 1u << 20;        /* bytes gathered before they are written */
static const int64_t BEHIND = 8 << 20;         /* bytes after which the disk is set to work */

typedef struct {
    char kind;          /* see put_value() */
    int width;          /* bytes of one value, where all have the same */
    int scale;          /* digits behind the point or the second */
    int zone;           /* times: end in Z */
    const uint8_t *valid, *data, *offsets; /* of the batch; valid may be NULL */
    int64_t first;      /* where the batch begins in these */
} Column;

typedef struct { uint8_t *data; size_t size, room; } Bytes;
typedef struct { uint32_t page; int64_t last; } Child; /* a page and its greatest row number */

typedef struct {
    PyObject_HEAD
    int fd, count, busy;
    Column *columns;
    uint32_t page_size, usable, root, pages; /* pages: how many there are by now */
    int small_integers;                      /* 0 and 1 need no bytes (schema format 4, 1.3.10) */
    int64_t rows;
    uint8_t *leaf;      /* the page being filled */
    uint32_t cells, content; /* its cells, and where the lowest begins */
    Bytes header, body, out; /* of the record being made; pages on their way to the file */
    int64_t out_at, started; /* where `out` goes; how far the disk was told to write */
    Child *leaves;
    size_t leaf_count, leaf_room;
} Writer;

/* -- bytes -------------------------------------------------------------------------------- */

static uint8_t *room(Bytes *b, size_t more) {
    if (b->room - b->size < more) {
        size_t wanted = b->room ? b->room : 4096;
        while (wanted - b->size < more) wanted *= 2;
        uint8_t *data = realloc(b->data, wanted);
        if (!data) return NULL;
        b->data = data;
        b->room = wanted;
    }
    return b->data + b->size;
}

static void big16(uint8_t *to, uint32_t v) { to[0] = (uint8_t)(v >> 8); to[1] = (uint8_t)v; }
static void big32(uint8_t *to, uint32_t v) { big16(to, v >> 16); big16(to + 2, v); }
static uint32_t from_big32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A variable-length integer (1.6): seven bits a byte, the last of nine bytes holds eight. */
static int varint(uint8_t *to, uint64_t v) {
    if (v < 0x80) { to[0] = (uint8_t)v; return 1; }
    uint8_t reversed[10];
    int n = 0;
    if (v >> 56) {
        to[8] = (uint8_t)v;
        v >>= 8;
        for (int i = 7; i >= 0; i--) { to[i] = (uint8_t)(v & 0x7F) | 0x80; v >>= 7; }
        return 9;
    }
    do { reversed[n++] = (uint8_t)(v & 0x7F) | 0x80; v >>= 7; } while (v);
    reversed[0] &= 0x7F;
    for (int i = 0; i < n; i++) to[i] = reversed[n - 1 - i];
    return n;
}

/* -- values as text ----------------------------------------------------------------------- */

static char *two(char *to, int v) { to[0] = (char)('0' + v / 10); to[1] = (char)('0' + v % 10); return to + 2; }

static char *digits(char *to, int64_t v, int n) {
    for (int i = n - 1; i >= 0; i--) { to[i] = (char)('0' + v % 10); v /= 10; }
    return to + n;
}

/* Days since 1970-01-01 as "2024-02-29"; the proleptic Gregorian calendar, years 1 to 9999. */
static char *date_text(char *to, int64_t days) {
    int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int of_era = (int)(shifted - era * 146097);
    int year_of = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of + year_of / 4 - year_of / 100);
    int march = (5 * of_year + 2) / 153, day = of_year - (153 * march + 2) / 5 + 1;
    int month = march < 10 ? march + 3 : march - 9;
    int64_t year = year_of + era * 400 + (month <= 2);
    to = digits(to, year, 4);
    *to++ = '-';
    to = two(to, month);
    *to++ = '-';
    return two(to, day);
}

static const int64_t TENS[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

static char *clock_text(char *to, int64_t v, int places) {
    int64_t fraction = v % TENS[places];
    int second = (int)(v / TENS[places]);
    to = two(to, second / 3600);
    *to++ = ':';
    to = two(to, second / 60 % 60);
    *to++ = ':';
    to = two(to, second % 60);
    if (!places) return to;
    *to++ = '.';
    return digits(to, fraction, places);
}

static char *moment_text(char *to, int64_t v, int places, int zone) {
    int64_t day = 86400 * TENS[places], days = v / day, rest = v % day;
    if (rest < 0) { rest += day; days--; }
    to = date_text(to, days);
    *to++ = ' ';
    to = clock_text(to, rest, places);
    if (zone) *to++ = 'Z';
    return to;
}

static char *decimal_text(char *to, __int128 v, int scale) {
    char reversed[48];
    int n = 0;
    unsigned __int128 rest = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    while (rest >> 64) { reversed[n++] = (char)('0' + (int)(rest % 10)); rest /= 10; }
    for (uint64_t low = (uint64_t)rest; low; low /= 10) reversed[n++] = (char)('0' + low % 10);
    while (n <= scale) reversed[n++] = '0';
    if (v < 0) *to++ = '-';
    while (n) {
        *to++ = reversed[--n];
        if (n == scale && n) *to++ = '.';
    }
    return to;
}

/* -- one record (2.1): its types go to `header`, its values to `body` ------------------------ */

static int put_type(Writer *w, uint64_t type) {
    uint8_t *to = room(&w->header, 9);
    if (!to) return NO_MEMORY;
    w->header.size += (size_t)varint(to, type);
    return WELL;
}

static int put_integer(Writer *w, int64_t v) {
    if (w->small_integers && (v == 0 || v == 1)) return put_type(w, 8 + (uint64_t)v);
    uint64_t magnitude = v < 0 ? ~(uint64_t)v : (uint64_t)v;
    int type = magnitude < 0x80 ? 1 : magnitude < 0x8000 ? 2 : magnitude < 0x800000 ? 3
             : magnitude < 0x80000000ull ? 4 : magnitude < 0x800000000000ull ? 5 : 6;
    int size = type < 5 ? type : type == 5 ? 6 : 8;
    uint8_t *to = room(&w->body, 8);
    if (!to) return NO_MEMORY;
    for (int i = size - 1; i >= 0; i--) { to[i] = (uint8_t)v; v >>= 8; }
    w->body.size += (size_t)size;
    return put_type(w, (uint64_t)type);
}

static int put_bytes(Writer *w, const void *data, int64_t size, int text) {
    if (size > LARGEST_ROW) return TOO_BIG;
    uint8_t *to = room(&w->body, (size_t)size + 1);
    if (!to) return NO_MEMORY;
    if (size) memcpy(to, data, (size_t)size);
    w->body.size += (size_t)size;
    return put_type(w, 2 * (uint64_t)size + (text ? 13 : 12));
}

static int put_real(Writer *w, uint64_t bits) {
    uint8_t *to = room(&w->body, 8);
    if (!to) return NO_MEMORY;
    big32(to, (uint32_t)(bits >> 32));
    big32(to + 4, (uint32_t)bits);
    w->body.size += 8;
    return put_type(w, 7);
}

static int bit(const uint8_t *bits, int64_t at) { return bits[at >> 3] >> (at & 7) & 1; }

static int64_t signed_value(const Column *c, int64_t at) {
    switch (c->width) {
    case 1: return ((const int8_t *)c->data)[at];
    case 2: return ((const int16_t *)c->data)[at];
    case 4: return ((const int32_t *)c->data)[at];
    default: return ((const int64_t *)c->data)[at];
    }
}

static uint64_t unsigned_value(const Column *c, int64_t at) {
    switch (c->width) {
    case 1: return c->data[at];
    case 2: return ((const uint16_t *)c->data)[at];
    case 4: return ((const uint32_t *)c->data)[at];
    default: return ((const uint64_t *)c->data)[at];
    }
}

static int put_value(Writer *w, const Column *c, int64_t row) {
    int64_t at = c->first + row, begin, end;
    char text[64];
    if (c->kind == 'n' || (c->valid && !bit(c->valid, at))) return put_type(w, 0);
    switch (c->kind) {
    case 'b': return put_integer(w, bit(c->data, at));
    case 'i': return put_integer(w, signed_value(c, at));
    case 'u': { /* above 2^63 as 8 bytes, which sort behind all numbers */
        uint64_t v = unsigned_value(c, at);
        if (v <= INT64_MAX) return put_integer(w, (int64_t)v);
        uint8_t bytes[8];
        big32(bytes, (uint32_t)(v >> 32));
        big32(bytes + 4, (uint32_t)v);
        return put_bytes(w, bytes, 8, 0);
    }
    case 'f': return put_real(w, ((const uint64_t *)c->data)[at]);
    case 's': case 'x': /* offsets of 32 or 64 bits, by the width */
        begin = c->width == 4 ? ((const int32_t *)c->offsets)[at] : ((const int64_t *)c->offsets)[at];
        end = c->width == 4 ? ((const int32_t *)c->offsets)[at + 1] : ((const int64_t *)c->offsets)[at + 1];
        return put_bytes(w, c->data + begin, end - begin, c->kind == 's');
    case 'w': return put_bytes(w, c->data + at * c->width, c->width, 0);
    case 'd': return put_bytes(w, text, date_text(text, ((const int32_t *)c->data)[at]) - text, 1);
    case 't':
        return put_bytes(w, text, moment_text(text, ((const int64_t *)c->data)[at], c->scale, c->zone) - text, 1);
    case 'c': return put_bytes(w, text, clock_text(text, signed_value(c, at), c->scale) - text, 1);
    case 'm': {
        __int128 v;
        if (c->width == 16) memcpy(&v, c->data + at * 16, 16);
        else v = signed_value(c, at);
        return put_bytes(w, text, decimal_text(text, v, c->scale) - text, 1);
    }
    }
    return NO_ROOM;
}

/* -- pages -------------------------------------------------------------------------------- */

static int flush_out(Writer *w) {
    size_t done = 0;
    while (done < w->out.size) {
        ssize_t n = pwrite(w->fd, w->out.data + done, w->out.size - done, w->out_at + (int64_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return NO_ROOM;
        done += (size_t)n;
    }
    w->out_at += (int64_t)w->out.size;
    w->out.size = 0;
#ifdef SYNC_FILE_RANGE_WRITE
    if (w->out_at - w->started >= BEHIND) { /* only a hint: what it says of errors, fsync says again */
        sync_file_range(w->fd, w->started, w->out_at - w->started, SYNC_FILE_RANGE_WRITE);
        w->started = w->out_at;
    }
#endif
    return WELL;
}

/* Room for the next page of the file; its number is then `pages`. */
static uint8_t *next_page(Writer *w) {
    for (;;) {
        if (w->pages >= 0xFFFFFFFEu) { errno = EFBIG; return NULL; }
        if (w->out.size >= AT_ONCE && flush_out(w) != WELL) return NULL;
        uint8_t *to = room(&w->out, w->page_size);
        if (!to) { errno = ENOMEM; return NULL; }
        w->out.size += w->page_size;
        memset(to + w->usable, 0, w->page_size - w->usable);
        if (++w->pages != 0x40000000u / w->page_size + 1) return to;
        memset(to, 0, w->page_size); /* the page of the lock bytes stays empty (1.4) */
    }
}

static void begin_leaf(Writer *w) {
    w->cells = 0;
    w->content = w->usable;
}

static void end_page(uint8_t *page, int type, uint32_t cells, uint32_t content) {
    memset(page, 0, 8);
    page[0] = (uint8_t)type;
    big16(page + 3, cells);
    big16(page + 5, content == 65536 ? 0 : content);
}

static int end_leaf(Writer *w) {
    uint8_t *page = next_page(w);
    if (!page) return NO_ROOM;
    end_page(w->leaf, LEAF, w->cells, w->content);
    memcpy(page, w->leaf, w->usable);
    if (w->leaf_count == w->leaf_room) {
        size_t wanted = w->leaf_room ? 2 * w->leaf_room : 1024;
        Child *leaves = realloc(w->leaves, wanted * sizeof(Child));
        if (!leaves) return NO_MEMORY;
        w->leaves = leaves;
        w->leaf_room = wanted;
    }
    w->leaves[w->leaf_count].page = w->pages;
    w->leaves[w->leaf_count++].last = w->rows;
    begin_leaf(w);
    return WELL;
}

/* What does not fit a leaf goes on in a chain of pages (1.6); the number of the first, 0 for failure. */
static uint32_t put_overflow(Writer *w, const uint8_t *data, int64_t size) {
    uint32_t first = 0;
    while (size > 0) {
        int64_t part = size < (int64_t)w->usable - 4 ? size : (int64_t)w->usable - 4;
        uint8_t *page = next_page(w);
        if (!page) return 0;
        if (!first) first = w->pages;
        uint32_t next = w->pages + 1;
        if (next == 0x40000000u / w->page_size + 1) next++;
        big32(page, size > part ? next : 0);
        memcpy(page + 4, data, (size_t)part);
        if (part < (int64_t)w->usable - 4) memset(page + 4 + part, 0, (size_t)(w->usable - 4 - part));
        data += part;
        size -= part;
    }
    return first;
}

/* The record in `body`, which has room for its header before it, as the cell of the next row. */
static int put_cell(Writer *w, const uint8_t *record, int64_t size) {
    uint8_t head[18];
    int64_t most = (int64_t)w->usable - 35, least = ((int64_t)w->usable - 12) * 32 / 255 - 23, local = size;
    if (size > LARGEST_ROW) return TOO_BIG;
    if (size > most) {
        local = least + (size - least) % ((int64_t)w->usable - 4);
        if (local > most) local = least;
    }
    int n = varint(head, (uint64_t)size);
    n += varint(head + n, (uint64_t)w->rows + 1);
    uint32_t all = (uint32_t)n + (uint32_t)local + (local < size ? 4 : 0);
    if (w->content < LEAF_HEADER + 2 * (w->cells + 1) + all) {
        int how = end_leaf(w);
        if (how != WELL) return how;
    }
    w->content -= all;
    uint8_t *to = w->leaf + w->content;
    memcpy(to, head, (size_t)n);
    memcpy(to + n, record, (size_t)local);
    if (local < size) {
        uint32_t first = put_overflow(w, record + local, size - local);
        if (!first) return NO_ROOM;
        big32(to + n + local, first);
    }
    big16(w->leaf + LEAF_HEADER + 2 * w->cells++, w->content == 65536 ? 0 : w->content);
    w->rows++;
    return WELL;
}

static int put_row(Writer *w, int64_t row, size_t front) {
    w->header.size = 0;
    w->body.size = front;
    for (int i = 0; i < w->count; i++) {
        int how = put_value(w, &w->columns[i], row);
        if (how != WELL) return how;
    }
    /* The header begins with its own size, which counts the bytes that say so. */
    uint8_t size[9];
    size_t n = 1;
    while ((size_t)varint(size, w->header.size + n) != n) n++;
    size_t all = n + w->header.size;
    uint8_t *record = w->body.data + front - all;
    memcpy(record, size, n);
    memcpy(record + n, w->header.data, w->header.size);
    return put_cell(w, record, (int64_t)(w->body.size - front + all));
}

static int put_rows(Writer *w, int64_t rows) {
    size_t front = 9 * (size_t)w->count + 9; /* the longest header */
    if (!room(&w->body, front) && !w->body.data) return NO_MEMORY;
    w->body.size = 0;
    if (!room(&w->body, front)) return NO_MEMORY;
    for (int64_t row = 0; row < rows; row++) {
        int how = put_row(w, row, front);
        if (how != WELL) return how;
    }
    return WELL;
}

/* An interior page over the children; its last child stands in the page's header (1.6). */
static void put_interior(Writer *w, uint8_t *page, const Child *children, size_t n) {
    uint32_t content = w->usable;
    memset(page, 0, w->usable);
    for (size_t i = 0; i + 1 < n; i++) {
        uint8_t cell[13];
        big32(cell, children[i].page);
        uint32_t size = 4 + (uint32_t)varint(cell + 4, (uint64_t)children[i].last);
        content -= size;
        memcpy(page + content, cell, size);
        big16(page + INTERIOR_HEADER + 2 * i, content == 65536 ? 0 : content);
    }
    end_page(page, INTERIOR, (uint32_t)n - 1, content);
    big32(page + 8, children[n - 1].page);
}

/* Levels above the leaves until one page holds all; that page goes to `root`. */
static int put_levels(Writer *w, uint8_t *root) {
    size_t most = (w->usable - INTERIOR_HEADER) / 15 + 1, n = w->leaf_count;
    while (n > most) {
        size_t groups = (n + most - 1) / most, made = 0, at = 0;
        for (; made < groups; made++) {
            size_t take = (n - at) / (groups - made); /* as even as can be: no page of one child */
            uint8_t *page = next_page(w);
            if (!page) return NO_ROOM;
            put_interior(w, page, w->leaves + at, take);
            Child above = {w->pages, w->leaves[at + take - 1].last};
            at += take;
            w->leaves[made] = above;
        }
        n = made;
    }
    put_interior(w, root, w->leaves, n);
    return WELL;
}

static int write_at(Writer *w, const uint8_t *data, size_t size, int64_t at) {
    while (size) {
        ssize_t n = pwrite(w->fd, data, size, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return NO_ROOM;
        data += n;
        at += n;
        size -= (size_t)n;
    }
    return WELL;
}

static int finish(Writer *w) {
    uint8_t *root = w->leaf, count[4];
    int how = WELL;
    if (!w->leaf_count) end_page(w->leaf, LEAF, w->cells, w->content);
    else if ((how = w->cells ? end_leaf(w) : WELL) == WELL) how = put_levels(w, root);
    if (how == WELL) how = flush_out(w);
    if (how == WELL) how = write_at(w, root, w->usable, (int64_t)(w->root - 1) * w->page_size);
    big32(count, w->pages);
    return how == WELL ? write_at(w, count, 4, 28) : how; /* 1.3.7: the size of the file in pages */
}

/* -- the Python side ---------------------------------------------------------------------- */

static PyObject *failed(int how) {
    if (how == NO_MEMORY) return PyErr_NoMemory();
    if (how == TOO_BIG) { PyErr_SetString(PyExc_OverflowError, "a row is larger than SQLite allows"); return NULL; }
    return PyErr_SetFromErrno(PyExc_OSError);
}

static int describe(Writer *w, PyObject *columns) {
    w->count = (int)PySequence_Size(columns);
    if (w->count <= 0) { w->count = 0; PyErr_SetString(PyExc_ValueError, "no columns"); return 0; }
    if (!(w->columns = calloc((size_t)w->count, sizeof(Column)))) { PyErr_NoMemory(); return 0; }
    for (int i = 0; i < w->count; i++) {
        PyObject *item = PySequence_GetItem(columns, i);
        Column *c = &w->columns[i];
        int kind;
        int ok = item && PyArg_ParseTuple(item, "Ciip", &kind, &c->width, &c->scale, &c->zone);
        Py_XDECREF(item);
        if (!ok) return 0;
        c->kind = (char)kind;
        if (!strchr("nbiufsxwdtcm", kind) || ((kind == 't' || kind == 'c') && (c->scale < 0 || c->scale > 9)) ||
            (kind == 'm' && (c->scale < 0 || c->scale > 38))) {
            PyErr_SetString(PyExc_ValueError, "an unknown kind of column");
            return 0;
        }
    }
    return 1;
}

static int open_file(Writer *w) {
    uint8_t head[100];
    ssize_t got = pread(w->fd, head, 100, 0);
    if (got < 0) { PyErr_SetFromErrno(PyExc_OSError); return 0; }
    if (got != 100 || memcmp(head, "SQLite format 3", 16)) {
        PyErr_SetString(PyExc_ValueError, "not an empty SQLite file");
        return 0;
    }
    w->page_size = (uint32_t)head[16] << 8 | head[17];
    if (w->page_size == 1) w->page_size = 65536;
    w->usable = w->page_size - head[20];
    w->pages = from_big32(head + 28);
    w->small_integers = from_big32(head + 44) == 4;
    w->out_at = w->started = (int64_t)w->pages * w->page_size;
    w->leaf = calloc(1, w->page_size);
    if (!w->leaf) { PyErr_NoMemory(); return 0; }
    begin_leaf(w);
    return 1;
}

/* Writer(fd, root, columns): `fd` is the caller's and stays so; `root` is the table's first page. */
static PyObject *writer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    int fd;
    unsigned int root;
    PyObject *columns;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "iIO", &fd, &root, &columns)) return NULL;
    Writer *w = (Writer *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!w) return NULL;
    w->fd = fd;
    w->root = root;
    if (open_file(w) && describe(w, columns)) return (PyObject *)w;
    Py_DECREF(w);
    return NULL;
}

static void writer_dealloc(PyObject *object) {
    Writer *w = (Writer *)object;
    PyTypeObject *type = Py_TYPE(object);
    free(w->columns);
    free(w->leaf);
    free(w->leaves);
    free(w->header.data);
    free(w->body.data);
    free(w->out.data);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static int take_column(Column *c, PyObject *addresses) {
    unsigned long long valid, data, offsets;
    long long first;
    if (!PyArg_ParseTuple(addresses, "KKKL", &valid, &data, &offsets, &first)) return 0;
    c->valid = (const uint8_t *)(uintptr_t)valid;
    c->data = (const uint8_t *)(uintptr_t)data;
    c->offsets = (const uint8_t *)(uintptr_t)offsets;
    c->first = first;
    return 1;
}

static int take_buffers(Writer *w, PyObject *buffers) {
    if (PySequence_Size(buffers) != w->count) {
        PyErr_SetString(PyExc_ValueError, "another number of columns");
        return 0;
    }
    for (int i = 0; i < w->count; i++) {
        PyObject *item = PySequence_GetItem(buffers, i);
        int ok = item && take_column(&w->columns[i], item);
        Py_XDECREF(item);
        if (!ok) return 0;
    }
    return 1;
}

/* write(rows, [(valid, data, offsets, first), ...]): addresses of Arrow buffers that the caller keeps alive */
static PyObject *writer_write(PyObject *object, PyObject *args) {
    Writer *w = (Writer *)object;
    long long rows;
    PyObject *buffers;
    int how;
    if (!PyArg_ParseTuple(args, "LO", &rows, &buffers)) return NULL;
    if (w->busy) { PyErr_SetString(PyExc_RuntimeError, "another thread is writing"); return NULL; }
    if (!take_buffers(w, buffers)) return NULL;
    w->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    how = put_rows(w, rows);
    Py_END_ALLOW_THREADS
    w->busy = 0;
    if (how != WELL) return failed(how);
    Py_RETURN_NONE;
}

static PyObject *writer_finish(PyObject *object, PyObject *unused) {
    Writer *w = (Writer *)object;
    int how;
    (void)unused;
    if (w->busy) { PyErr_SetString(PyExc_RuntimeError, "another thread is writing"); return NULL; }
    w->busy = 1; /* and stays so: the file is whole */
    Py_BEGIN_ALLOW_THREADS
    how = finish(w);
    Py_END_ALLOW_THREADS
    if (how != WELL) return failed(how);
    Py_RETURN_NONE;
}

/* extremes(rows, (valid, data, offsets, first)) of int64: the least and the greatest, None where all are null */
static PyObject *extremes(PyObject *module, PyObject *args) {
    long long rows, least = INT64_MAX, most = INT64_MIN;
    PyObject *addresses;
    Column c = {.width = 8};
    int found = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "LO", &rows, &addresses) || !take_column(&c, addresses)) return NULL;
    for (int64_t at = c.first; at < c.first + rows; at++) {
        if (c.valid && !bit(c.valid, at)) continue;
        int64_t value = signed_value(&c, at);
        if (value < least) least = value;
        if (value > most) most = value;
        found = 1;
    }
    if (!found) Py_RETURN_NONE;
    return Py_BuildValue("LL", least, most);
}

/* ascends(rows, (valid, data, offsets, first)) of int64 without nulls: each is greater than the one before */
static PyObject *ascends(PyObject *module, PyObject *args) {
    long long rows;
    PyObject *addresses;
    Column c = {.width = 8};
    (void)module;
    if (!PyArg_ParseTuple(args, "LO", &rows, &addresses) || !take_column(&c, addresses)) return NULL;
    for (int64_t at = c.first + 1; at < c.first + rows; at++)
        if (signed_value(&c, at - 1) >= signed_value(&c, at)) Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}

static PyMethodDef functions[] = {
    {"extremes", extremes, METH_VARARGS, "The least and the greatest of a column of int64, or None."},
    {"ascends", ascends, METH_VARARGS, "Whether each int64 is greater than the one before; there are no nulls."},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef writer_methods[] = {
    {"write", writer_write, METH_VARARGS, "Append rows from the addresses of their columns' buffers."},
    {"finish", writer_finish, METH_NOARGS, "Write what is left; the file is then a whole database."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot writer_slots[] = {
    {Py_tp_new, writer_new}, {Py_tp_dealloc, writer_dealloc}, {Py_tp_methods, writer_methods},
    {Py_tp_doc, "Writer(fd, root, columns)"}, {0, NULL},
};
static PyType_Spec writer_spec = {"hygge_sqlite._writer.Writer", sizeof(Writer), 0, Py_TPFLAGS_DEFAULT, writer_slots};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "hygge_sqlite._writer", NULL, -1, functions,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__writer(void) {
    PyObject *module = PyModule_Create(&definition);
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&writer_spec);
    if (!module || !type || PyModule_AddObjectRef(module, "Writer", (PyObject *)type) < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}
