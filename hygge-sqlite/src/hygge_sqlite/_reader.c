/* Rows of a SQLite statement into Arrow buffers, without the GIL and without a Python object a value.
 *
 * Nothing of SQLite is linked or copied: the library that Python's own sqlite3 module uses is opened
 * at run time and the few functions needed are looked up in it; their prototypes are SQLite's public,
 * stable C interface. A value that does not fit its column's kind ends the batch with the column's
 * number; naming the row is the work of the Python side.
 */
#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* -- SQLite's interface, as far as it is used ---------------------------------------------- */

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum { OK = 0, ROW = 100, DONE = 101 };
enum { INTEGER = 1, REAL = 2, TEXT = 3, BLOB = 4, NIL = 5 };
enum { OPEN_READONLY = 0x1, OPEN_URI = 0x40, OPEN_NOMUTEX = 0x8000 };
#define TRANSIENT ((void (*)(void *))(intptr_t)-1)

static struct {
    int (*open_v2)(const char *, sqlite3 **, int, const char *);
    int (*close_v2)(sqlite3 *);
    int (*busy_timeout)(sqlite3 *, int);
    int (*prepare_v2)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    int (*step)(sqlite3_stmt *);
    int (*finalize)(sqlite3_stmt *);
    int (*column_count)(sqlite3_stmt *);
    int (*column_type)(sqlite3_stmt *, int);
    long long (*column_int64)(sqlite3_stmt *, int);
    double (*column_double)(sqlite3_stmt *, int);
    const unsigned char *(*column_text)(sqlite3_stmt *, int);
    const void *(*column_blob)(sqlite3_stmt *, int);
    int (*column_bytes)(sqlite3_stmt *, int);
    int (*bind_int64)(sqlite3_stmt *, int, long long);
    int (*bind_double)(sqlite3_stmt *, int, double);
    int (*bind_text)(sqlite3_stmt *, int, const char *, int, void (*)(void *));
    int (*bind_blob)(sqlite3_stmt *, int, const void *, int, void (*)(void *));
    const char *(*errmsg)(sqlite3 *);
    int (*extended_errcode)(sqlite3 *);
    void (*interrupt)(sqlite3 *);
    const char *(*sourceid)(void);
} lib;

static int look_up(void *handle) {
#define FIND(name) if (!(*(void **)&lib.name = dlsym(handle, "sqlite3_" #name))) return 0
    FIND(open_v2); FIND(close_v2); FIND(busy_timeout); FIND(prepare_v2); FIND(step); FIND(finalize);
    FIND(column_count); FIND(column_type); FIND(column_int64); FIND(column_double); FIND(column_text);
    FIND(column_blob); FIND(column_bytes); FIND(bind_int64); FIND(bind_double); FIND(bind_text);
    FIND(bind_blob); FIND(errmsg); FIND(extended_errcode); FIND(interrupt);
    FIND(sourceid);
#undef FIND
    return 1;
}

/* -- growing buffers ---------------------------------------------------------------------- */

typedef struct {
    unsigned char *data;
    size_t size, room, before; /* before: the size it grew to in the last batch */
} Bytes;

static int reserve(Bytes *b, size_t more) {
    if (b->room - b->size >= more) return 1;
    size_t room = b->room ? b->room : b->before + b->before / 16 + 4096;
    while (room - b->size < more) {
        if (room > SIZE_MAX / 2) return 0;
        room *= 2;
    }
    unsigned char *data = realloc(b->data, room);
    if (!data) return 0;
    b->data = data;
    b->room = room;
    return 1;
}

static int put(Bytes *b, const void *data, size_t size) {
    if (!reserve(b, size)) return 0;
    if (size) memcpy(b->data + b->size, data, size);
    b->size += size;
    return 1;
}

/* -- memory used again -------------------------------------------------------------------- */

/* Memory that Arrow has let go of serves the next batch: first touching fresh pages costs more than
 * filling them. All of this is done with the GIL held. */
enum { SPARES = 64 };
static const size_t SPARE_BYTES = 64u << 20;
static struct { unsigned char *data; size_t room; } spares[SPARES];
static int spare_count;
static size_t spare_size;

static void give_back(unsigned char *data, size_t room) {
    if (!data) return;
    if (room < 4096 || spare_count == SPARES || room > SPARE_BYTES - spare_size) {
        free(data);
        return;
    }
    spares[spare_count].data = data;
    spares[spare_count++].room = room;
    spare_size += room;
}

/* The smallest spare memory that holds `size` bytes and is not far too large for them. */
static void take_spare(Bytes *b, size_t size) {
    int best = -1;
    for (int i = 0; i < spare_count; i++)
        if (spares[i].room >= size && spares[i].room <= 4 * size + 4096 &&
            (best < 0 || spares[i].room < spares[best].room)) best = i;
    if (best < 0) return;
    b->data = spares[best].data;
    b->room = spares[best].room;
    spare_size -= b->room;
    spares[best] = spares[--spare_count];
}

/* -- one column of a batch ---------------------------------------------------------------- */

typedef struct {
    char kind;           /* see append() */
    int scale;           /* decimals: places; times: digits of the unit after the second */
    __int128 limit;      /* decimals: 10^precision */
    int length;          /* times: bytes of every text, 0: any; the shape of a watermark */
    char separator;      /* times: between date and clock, 0: any */
    Bytes valid, data, offsets;
    int64_t nulls;
} Column;

enum { FITS = 0, MISFIT = 1, NO_MEMORY = 2 };

static int set_bit(Bytes *bits, int64_t row, int on) {
    if ((row & 7) == 0) {
        unsigned char zero = 0;
        if (!put(bits, &zero, 1)) return 0;
    }
    if (on) bits->data[row >> 3] |= (unsigned char)(1u << (row & 7));
    return 1;
}

static int is_utf8(const unsigned char *s, size_t n) {
    size_t i = 0;
    while (i < n) {
        if (n - i >= 8) { /* eight ASCII bytes at once */
            uint64_t word;
            memcpy(&word, s + i, 8);
            if (!(word & 0x8080808080808080ull)) { i += 8; continue; }
        }
        unsigned char c = s[i];
        size_t more;
        uint32_t point;
        if (c < 0x80) { i++; continue; }
        else if (c >= 0xC2 && c <= 0xDF) { more = 1; point = c & 0x1Fu; }
        else if (c >= 0xE0 && c <= 0xEF) { more = 2; point = c & 0x0Fu; }
        else if (c >= 0xF0 && c <= 0xF4) { more = 3; point = c & 0x07u; }
        else return 0;
        if (n - i <= more) return 0;
        for (size_t k = 1; k <= more; k++) {
            if ((s[i + k] & 0xC0) != 0x80) return 0;
            point = point << 6 | (s[i + k] & 0x3Fu);
        }
        if ((more == 2 && point < 0x800) || (more == 3 && (point < 0x10000 || point > 0x10FFFF)) ||
            (point >= 0xD800 && point <= 0xDFFF)) return 0;
        i += more + 1;
    }
    return 1;
}

static int digits(const unsigned char *s, int n, int *out) {
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') return 0;
        value = value * 10 + (s[i] - '0');
    }
    *out = value;
    return 1;
}

/* "2024-02-29" to days since 1970-01-01; the proleptic Gregorian calendar, years 1 to 9999. */
static int parse_date(const unsigned char *s, int n, int64_t *days) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y, m, d;
    if (n < 10 || s[4] != '-' || s[7] != '-') return 0;
    if (!digits(s, 4, &y) || !digits(s + 5, 2, &m) || !digits(s + 8, 2, &d)) return 0;
    if (y < 1 || m < 1 || m > 12 || d < 1) return 0;
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > lengths[m - 1] + (m == 2 && leap)) return 0;
    int64_t shifted = m <= 2 ? y - 1 : y; /* years that begin in March, so that the leap day is last */
    int64_t era = shifted / 400, of_era = shifted - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    *days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return 1;
}

static const int64_t TENS[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/* "23:59[:59[.123456]]" to units of so many places after the second. */
static int parse_clock(const unsigned char *s, int n, int places, int64_t *value) {
    int h, m, sec = 0, fraction = 0;
    if (n < 5 || s[2] != ':' || !digits(s, 2, &h) || !digits(s + 3, 2, &m)) return 0;
    if (n > 5) {
        if (n < 8 || s[5] != ':' || !digits(s + 6, 2, &sec)) return 0;
        if (n > 8) {
            int given = n - 9;
            if (s[8] != '.' || given < 1 || given > places || !digits(s + 9, given, &fraction)) return 0;
            while (given++ < places) fraction *= 10;
        }
    }
    if (h > 23 || m > 59 || sec > 59) return 0;
    *value = ((h * 60 + m) * 60 + sec) * TENS[places] + fraction;
    return 1;
}

/* "2024-02-29T23:59[:59[.123456]]" to units since 1970; the separator may be a space. `late` seconds are
 * taken off. Nanoseconds of 64 bits end in the years 1677 and 2262. */
static int parse_time(const unsigned char *s, int n, char separator, int places, int late, int64_t *value) {
    int64_t days, clock;
    if (n < 16 || !parse_date(s, n, &days)) return 0;
    if ((s[10] != 'T' && s[10] != ' ') || (separator && s[10] != separator)) return 0;
    if (!parse_clock(s + 11, n - 11, places, &clock)) return 0;
    __int128 whole = (__int128)(days * 86400 - late) * TENS[places] + clock;
    __int128 least = (__int128)-62135596800ll * TENS[places], most = (__int128)253402300800ll * TENS[places];
    if (whole < least || whole >= most || whole < INT64_MIN || whole > INT64_MAX) return 0; /* years 1 to 9999 */
    *value = (int64_t)whole;
    return 1;
}

/* The same with a zone behind it, "Z" or "+01:00" or "+0100", to units in UTC. */
static int parse_zoned(const unsigned char *s, int n, char separator, int places, int64_t *value) {
    int h, m, zone = 0;
    if (n && s[n - 1] == 'Z') n -= 1;
    else {
        int colon = n > 6 && s[n - 3] == ':', size = colon ? 6 : 5;
        if (n <= size || (s[n - size] != '+' && s[n - size] != '-')) return 0;
        if (!digits(s + n - size + 1, 2, &h) || !digits(s + n - 2, 2, &m) || h > 23 || m > 59) return 0;
        zone = (h * 60 + m) * (s[n - size] == '-' ? -1 : 1);
        n -= size;
    }
    if (n && s[n - 1] == ' ') n -= 1;
    return parse_time(s, n, separator, places, zone * 60, value);
}

static __int128 power(int exponent) {
    __int128 value = 1;
    while (exponent-- > 0) value *= 10;
    return value;
}

/* "-12.50" to the unscaled value; more places than the scale are no fit, unless they are zeros. */
static int parse_decimal(const unsigned char *s, int n, int scale, __int128 limit, __int128 *out) {
    int i = 0, negative = 0, seen = 0, places = -1;
    unsigned __int128 value = 0, least = (unsigned __int128)limit; /* ten times a fitting value does fit */
    if (n && (s[0] == '-' || s[0] == '+')) { negative = s[0] == '-'; i = 1; }
    for (; i < n; i++) {
        if (s[i] == '.' && places < 0) { places = 0; continue; }
        if (s[i] < '0' || s[i] > '9') return 0;
        seen = 1;
        if (places >= 0 && places == scale) {
            if (s[i] != '0') return 0;
            continue;
        }
        value = value * 10 + (unsigned)(s[i] - '0');
        if (value >= least) return 0;
        if (places >= 0) places++;
    }
    if (!seen) return 0;
    for (int p = places < 0 ? 0 : places; p < scale; p++) {
        value *= 10;
        if (value >= least) return 0;
    }
    *out = negative ? -(__int128)value : (__int128)value;
    return 1;
}

/* A stored double is taken for the decimal of at most 15 digits that reads back as this very double. */
static int real_decimal(double x, int scale, __int128 limit, __int128 *out) {
    if (scale > 22) return 0; /* 10^23 is no double */
    double factor = (double)power(scale), scaled = nearbyint(x * factor);
    if (!(fabs(scaled) < 1e15) || scaled / factor != x) return 0;
    *out = (int64_t)scaled;
    return *out < limit && -*out < limit;
}

static int append(Column *c, sqlite3_stmt *stmt, int at, int64_t row) {
    int type = lib.column_type(stmt, at);
    int64_t value = 0;
    const unsigned char *text;
    int size;
    if (!set_bit(&c->valid, row, type != NIL)) return NO_MEMORY;
    if (type == NIL) c->nulls++;
    switch (c->kind) {
    case 'i': /* int64 */
        if (type == INTEGER) value = lib.column_int64(stmt, at);
        else if (type != NIL) return MISFIT;
        return put(&c->data, &value, 8) ? FITS : NO_MEMORY;
    case 'f': { /* float64; also of an integer that a double holds exactly */
        double real = 0;
        if (type == REAL) real = lib.column_double(stmt, at);
        else if (type == INTEGER) {
            value = lib.column_int64(stmt, at);
            if (value > (1ll << 53) || value < -(1ll << 53)) return MISFIT;
            real = (double)value;
        } else if (type != NIL) return MISFIT;
        return put(&c->data, &real, 8) ? FITS : NO_MEMORY;
    }
    case 'b': /* bool */
        if (type == INTEGER) value = lib.column_int64(stmt, at);
        else if (type != NIL) return MISFIT;
        if (value != 0 && value != 1) return MISFIT;
        return set_bit(&c->data, row, (int)value) ? FITS : NO_MEMORY;
    case 's': /* string */
    case 'x': { /* binary */
        int32_t offset;
        if (type != NIL) {
            if (type != (c->kind == 's' ? TEXT : BLOB)) return MISFIT;
            text = c->kind == 's' ? lib.column_text(stmt, at) : lib.column_blob(stmt, at);
            size = lib.column_bytes(stmt, at);
            if (!text && size) return NO_MEMORY;
            if (c->kind == 's' && !is_utf8(text, (size_t)size)) return MISFIT;
            if (!put(&c->data, text, (size_t)size)) return NO_MEMORY;
        }
        if (c->data.size > INT32_MAX) return NO_MEMORY;
        offset = (int32_t)c->data.size;
        return put(&c->offsets, &offset, 4) ? FITS : NO_MEMORY;
    }
    case 't': /* timestamp[us] from ISO text */
    case 'z': /* the same with a zone */
    case 'c': /* time of day from text, as int64 */
    case 'd': /* date32 from ISO text */
        if (type == TEXT) {
            text = lib.column_text(stmt, at);
            size = lib.column_bytes(stmt, at);
            if (!text || (c->length && size != c->length)) return MISFIT;
            if (c->kind == 't' ? !parse_time(text, size, c->separator, c->scale, 0, &value)
                : c->kind == 'z' ? (c->length && (text[size - 1] != 'Z' || text[size - 2] == ' ')) ||
                                       !parse_zoned(text, size, c->separator, c->scale, &value)
                : c->kind == 'c' ? !parse_clock(text, size, c->scale, &value)
                : (size != 10 || !parse_date(text, size, &value))) return MISFIT;
        } else if (type != NIL) return MISFIT;
        if (c->kind != 'd') return put(&c->data, &value, 8) ? FITS : NO_MEMORY;
        int32_t day = (int32_t)value;
        return put(&c->data, &day, 4) ? FITS : NO_MEMORY;
    case 'm': { /* decimal128 */
        int ok = 1;
        __int128 number = 0;
        if (type == INTEGER) {
            value = lib.column_int64(stmt, at);
            __int128 factor = power(c->scale), most = c->limit / factor;
            ok = value < most && value > -most;
            number = ok ? value * factor : 0;
        } else if (type == REAL) ok = real_decimal(lib.column_double(stmt, at), c->scale, c->limit, &number);
        else if (type == TEXT) {
            text = lib.column_text(stmt, at);
            ok = text && parse_decimal(text, lib.column_bytes(stmt, at), c->scale, c->limit, &number);
        } else if (type != NIL) ok = 0;
        if (!ok) return MISFIT;
        return put(&c->data, &number, 16) ? FITS : NO_MEMORY;
    }
    case 'u': { /* uint64: above 2^63 as 8 bytes, which sort behind all numbers */
        uint64_t wide = 0;
        if (type == INTEGER) {
            if ((value = lib.column_int64(stmt, at)) < 0) return MISFIT;
            wide = (uint64_t)value;
        } else if (type == BLOB) {
            text = lib.column_blob(stmt, at);
            if (lib.column_bytes(stmt, at) != 8 || !text || text[0] < 0x80) return MISFIT;
            for (int i = 0; i < 8; i++) wide = wide << 8 | text[i];
        } else if (type != NIL) return MISFIT;
        return put(&c->data, &wide, 8) ? FITS : NO_MEMORY;
    }
    case 'n': return type == NIL ? FITS : MISFIT;
    }
    return MISFIT;
}

static void clear(Column *c) {
    Bytes *all[] = {&c->valid, &c->data, &c->offsets};
    for (int i = 0; i < 3; i++) {
        size_t before = all[i]->size > all[i]->before ? all[i]->size : all[i]->before;
        give_back(all[i]->data, all[i]->room);
        memset(all[i], 0, sizeof(Bytes));
        all[i]->before = before;
    }
    c->nulls = 0;
}

/* -- a buffer that Arrow can hold on to --------------------------------------------------- */

typedef struct { PyObject_HEAD unsigned char *data; Py_ssize_t size; size_t room; } Buffer;

static PyTypeObject *buffer_type, *rows_type;

static int buffer_get(PyObject *self, Py_buffer *view, int flags) {
    return PyBuffer_FillInfo(view, self, ((Buffer *)self)->data, ((Buffer *)self)->size, 1, flags);
}

static void dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static void buffer_dealloc(PyObject *self) {
    give_back(((Buffer *)self)->data, ((Buffer *)self)->room);
    dealloc(self);
}

/* Gives the bytes away: `b` is empty afterwards. */
static PyObject *buffer_of(Bytes *b) {
    allocfunc make = (allocfunc)PyType_GetSlot(buffer_type, Py_tp_alloc);
    Buffer *self = (Buffer *)make(buffer_type, 0);
    if (!self) return NULL;
    if (!b->data && !(b->data = malloc(1))) { Py_DECREF(self); return PyErr_NoMemory(); }
    self->data = b->data;
    self->size = (Py_ssize_t)b->size;
    self->room = b->room;
    b->before = b->size;
    b->data = NULL;
    b->size = b->room = 0;
    return (PyObject *)self;
}

/* -- Rows: a statement under way ---------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    sqlite3 *db;
    sqlite3_stmt *stmt;
    Column *columns;
    int count, done, busy;
} Rows;

static PyObject *failed(Rows *self) {
    int code = lib.extended_errcode(self->db);
    PyObject *value = Py_BuildValue("(is)", code, lib.errmsg(self->db));
    if (value) { PyErr_SetObject(PyExc_OSError, value); Py_DECREF(value); }
    return NULL;
}

static int bind(Rows *self, PyObject *params) {
    Py_ssize_t n = PySequence_Size(params);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *p = PySequence_GetItem(params, i);
        char *data;
        Py_ssize_t size;
        const char *text;
        int rc = -1, at = (int)i + 1;
        if (!p) return 0;
        if (PyLong_Check(p)) {
            long long value = PyLong_AsLongLong(p);
            if (!PyErr_Occurred()) rc = lib.bind_int64(self->stmt, at, value);
        } else if (PyFloat_Check(p)) rc = lib.bind_double(self->stmt, at, PyFloat_AsDouble(p));
        else if (PyUnicode_Check(p)) {
            if ((text = PyUnicode_AsUTF8AndSize(p, &size)) && size <= INT32_MAX)
                rc = lib.bind_text(self->stmt, at, text, (int)size, TRANSIENT);
        } else if (PyBytes_Check(p)) {
            if (!PyBytes_AsStringAndSize(p, &data, &size) && size <= INT32_MAX)
                rc = lib.bind_blob(self->stmt, at, data, (int)size, TRANSIENT);
        } else PyErr_SetString(PyExc_TypeError, "a parameter is an int, a float, a str or bytes");
        Py_DECREF(p);
        if (rc != OK) {
            if (!PyErr_Occurred()) failed(self);
            return 0;
        }
    }
    return 1;
}

static int run_plain(Rows *self, const char *sql) {
    sqlite3_stmt *stmt = NULL;
    int rc = lib.prepare_v2(self->db, sql, -1, &stmt, NULL);
    if (rc == OK) {
        Py_BEGIN_ALLOW_THREADS
        while ((rc = lib.step(stmt)) == ROW) {}
        Py_END_ALLOW_THREADS
    }
    lib.finalize(stmt);
    return rc == DONE || rc == OK;
}

static int describe(Rows *self, PyObject *columns) {
    self->count = (int)PySequence_Size(columns);
    if (self->count < 0) { self->count = 0; return 0; }
    if (!(self->columns = calloc((size_t)self->count + 1, sizeof(Column)))) { PyErr_NoMemory(); return 0; }
    for (int i = 0; i < self->count; i++) {
        PyObject *item = PySequence_GetItem(columns, i);
        Column *c = &self->columns[i];
        int kind, precision, separator;
        int ok = item && PyArg_ParseTuple(item, "CiiiC", &kind, &precision, &c->scale, &c->length, &separator);
        Py_XDECREF(item);
        if (!ok) return 0;
        int most = kind == 'm' ? precision : 9;
        if (precision < 0 || precision > 38 || c->scale < 0 || c->scale > most) {
            PyErr_SetString(PyExc_ValueError, "a decimal has at most 38 digits here, a time 9");
            return 0;
        }
        c->kind = (char)kind;
        c->separator = (char)separator;
        c->limit = power(precision);
    }
    return 1;
}

/* Rows(uri, sql, params, columns, busy_ms) */
static PyObject *rows_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    const char *uri, *sql;
    PyObject *params, *columns;
    int busy_ms;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "ssOOi", &uri, &sql, &params, &columns, &busy_ms)) return NULL;
    if (!lib.open_v2) { PyErr_SetString(PyExc_RuntimeError, "load() was not called"); return NULL; }
    Rows *self = (Rows *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self) return NULL;
    int rc;
    Py_BEGIN_ALLOW_THREADS
    rc = lib.open_v2(uri, &self->db, OPEN_READONLY | OPEN_URI | OPEN_NOMUTEX, NULL);
    Py_END_ALLOW_THREADS
    if (rc != OK || lib.busy_timeout(self->db, busy_ms) != OK) failed(self);
    else if (!run_plain(self, "PRAGMA query_only=1")) failed(self);
    else {
        Py_BEGIN_ALLOW_THREADS
        rc = lib.prepare_v2(self->db, sql, -1, &self->stmt, NULL);
        Py_END_ALLOW_THREADS
        if (rc != OK) failed(self);
        else if (describe(self, columns) && bind(self, params)) {
            if (lib.column_count(self->stmt) == self->count) return (PyObject *)self;
            PyErr_SetString(PyExc_ValueError, "the statement has another number of columns");
        }
    }
    Py_DECREF(self);
    return NULL;
}

static void let_go(Rows *self) {
    if (self->stmt) lib.finalize(self->stmt);
    if (self->db) lib.close_v2(self->db);
    self->stmt = NULL;
    self->db = NULL;
    self->done = 1;
}

static void rows_dealloc(PyObject *object) {
    Rows *self = (Rows *)object;
    let_go(self);
    for (int i = 0; self->columns && i < self->count; i++) clear(&self->columns[i]);
    free(self->columns);
    dealloc(object);
}

static int begin_batch(Rows *self) {
    int32_t zero = 0;
    for (int i = 0; i < self->count; i++) {
        Column *c = &self->columns[i];
        Bytes *all[] = {&c->valid, &c->data, &c->offsets};
        clear(c);
        for (int k = 0; k < 3; k++)
            if (all[k]->before) take_spare(all[k], all[k]->before + all[k]->before / 16 + 64);
        char kind = self->columns[i].kind;
        if ((kind == 's' || kind == 'x') && !put(&self->columns[i].offsets, &zero, 4)) return 0;
    }
    return 1;
}

/* Steps until a bound is met; the number of the column that does not fit goes to `misfit`. */
static int fill(Rows *self, int64_t max_rows, size_t max_bytes, int64_t *rows, int *misfit) {
    size_t bytes = 0;
    while (*rows < max_rows && bytes < max_bytes) {
        int rc = lib.step(self->stmt);
        if (rc == DONE) { self->done = 1; return OK; }
        if (rc != ROW) return rc;
        bytes = 0;
        for (int i = 0; i < self->count; i++) {
            int how = append(&self->columns[i], self->stmt, i, *rows);
            if (how == MISFIT) { *misfit = i; return OK; }
            if (how == NO_MEMORY) return -1;
            bytes += self->columns[i].data.size;
        }
        ++*rows;
    }
    return OK;
}

/* next(max_rows, max_bytes): (rows, [(valid or None, data, offsets or None, nulls), ...]),
 * None at the end, or the number of the column that does not fit. */
static PyObject *rows_next(PyObject *object, PyObject *args) {
    Rows *self = (Rows *)object;
    long long max_rows, max_bytes;
    int64_t rows = 0;
    int misfit = -1, rc;
    if (!PyArg_ParseTuple(args, "LL", &max_rows, &max_bytes)) return NULL;
    if (self->busy) { PyErr_SetString(PyExc_RuntimeError, "another thread is reading"); return NULL; }
    if (self->done) { let_go(self); Py_RETURN_NONE; }
    if (!begin_batch(self)) return PyErr_NoMemory();
    self->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    rc = fill(self, max_rows, (size_t)max_bytes, &rows, &misfit);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    if (rc == -1) return PyErr_NoMemory();
    if (rc != OK) return failed(self);
    if (misfit >= 0) return PyLong_FromLong(misfit);
    if (!rows) { let_go(self); Py_RETURN_NONE; }
    PyObject *list = PyList_New(self->count);
    for (int i = 0; list && i < self->count; i++) {
        Column *c = &self->columns[i];
        int varying = c->kind == 's' || c->kind == 'x';
        PyObject *valid = c->nulls ? buffer_of(&c->valid) : Py_NewRef(Py_None);
        PyObject *data = buffer_of(&c->data);
        PyObject *offsets = varying ? buffer_of(&c->offsets) : Py_NewRef(Py_None);
        PyObject *item = valid && data && offsets
            ? Py_BuildValue("(OOOL)", valid, data, offsets, (long long)c->nulls) : NULL;
        Py_XDECREF(valid);
        Py_XDECREF(data);
        Py_XDECREF(offsets);
        if (!item || PyList_SetItem(list, i, item) < 0) { Py_CLEAR(list); }
    }
    return list ? Py_BuildValue("(LN)", (long long)rows, list) : NULL;
}

static PyObject *rows_interrupt(PyObject *object, PyObject *unused) {
    (void)unused;
    if (((Rows *)object)->db && ((Rows *)object)->busy) lib.interrupt(((Rows *)object)->db);
    Py_RETURN_NONE;
}

static PyObject *rows_close(PyObject *object, PyObject *unused) {
    (void)unused;
    if (((Rows *)object)->busy) { PyErr_SetString(PyExc_RuntimeError, "another thread is reading"); return NULL; }
    let_go((Rows *)object);
    Py_RETURN_NONE;
}

/* load(path, sourceid): the SQLite that the file at `path` is linked with, or that the process itself
 * holds where `path` is None; only if it is the very build that `sourceid` names. A second SQLite in one
 * process would drop the first one's POSIX locks. */
static PyObject *load(PyObject *module, PyObject *args) {
    const char *path, *sourceid;
    (void)module;
    if (!PyArg_ParseTuple(args, "zs", &path, &sourceid)) return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle && look_up(handle) && !strcmp(lib.sourceid(), sourceid)) Py_RETURN_TRUE; /* kept open */
    memset(&lib, 0, sizeof lib);
    if (handle) dlclose(handle);
    Py_RETURN_FALSE;
}

static PyMethodDef rows_methods[] = {
    {"next", rows_next, METH_VARARGS, "The next batch: its row count and the buffers of each column."},
    {"interrupt", rows_interrupt, METH_NOARGS, "Break off a call of next() in another thread."},
    {"close", rows_close, METH_NOARGS, "Close statement and connection; repeatable."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot rows_slots[] = {
    {Py_tp_new, rows_new}, {Py_tp_dealloc, rows_dealloc}, {Py_tp_methods, rows_methods},
    {Py_tp_doc, "Rows(uri, sql, params, columns, busy_ms)"}, {0, NULL},
};
static PyType_Spec rows_spec = {"hygge_sqlite._reader.Rows", sizeof(Rows), 0, Py_TPFLAGS_DEFAULT, rows_slots};
static PyType_Slot buffer_slots[] = {
    {Py_bf_getbuffer, buffer_get}, {Py_tp_dealloc, buffer_dealloc}, {0, NULL},
};
static PyType_Spec buffer_spec = {
    "hygge_sqlite._reader.Buffer", sizeof(Buffer), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, buffer_slots,
};
static PyMethodDef functions[] = {
    {"load", load, METH_VARARGS, "Find SQLite's functions; False if they are not there, or of another build."},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "hygge_sqlite._reader", NULL, -1, functions,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__reader(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
    buffer_type = (PyTypeObject *)PyType_FromSpec(&buffer_spec);
    rows_type = (PyTypeObject *)PyType_FromSpec(&rows_spec);
    if (!buffer_type || !rows_type || PyModule_AddObjectRef(module, "Rows", (PyObject *)rows_type) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
