/* The modules that are frozen into the interpreter, as plain marshalled code.

   CPython's own table refers to code objects laid out as C data ("deepfreeze"): about 0.8 MB more,
   and a relocation for each pointer in it. Here the code is unmarshalled at the first import.
   The encodings are here because the interpreter asks for them before any finder of ours is there.
   The rest of CPython's list (site, runpy, ntpath …) is not frozen: it is packed when it is used.

   PyImport_FrozenModules is NULL in CPython 3.11, which PyOxidizer's importer does not expect: it
   reads the table through that pointer. */

#include "Python.h"
#include "pycore_import.h"

#include "frozen_modules/importlib._bootstrap.h"
#include "frozen_modules/importlib._bootstrap_external.h"
#include "frozen_modules/zipimport.h"
#include "frozen_modules/abc.h"
#include "frozen_modules/codecs.h"
#include "frozen_modules/io.h"
#include "frozen_modules/_collections_abc.h"
#include "frozen_modules/genericpath.h"
#include "frozen_modules/posixpath.h"
#include "frozen_modules/os.h"
#include "frozen_modules/stat.h"
/* The interpreter that writes these headers is compiled before they are there. */
#if __has_include("frozen_modules/encodings.h")
#include "frozen_modules/encodings.h"
#include "frozen_modules/encodings.aliases.h"
#include "frozen_modules/encodings.utf_8.h"
#define ENCODINGS \
    PACKAGE("encodings", _Py_M__encodings), \
    MODULE("encodings.aliases", _Py_M__encodings_aliases), \
    MODULE("encodings.utf_8", _Py_M__encodings_utf_8),
#else
#define ENCODINGS
#endif

#define MODULE(name, code) {name, code, (int)sizeof(code), 0, NULL}
#define PACKAGE(name, code) {name, code, (int)sizeof(code), 1, NULL}
#define BOOTSTRAP \
    MODULE("_frozen_importlib", _Py_M__importlib__bootstrap), \
    MODULE("_frozen_importlib_external", _Py_M__importlib__bootstrap_external), \
    MODULE("zipimport", _Py_M__zipimport)
#define STDLIB ENCODINGS \
    MODULE("abc", _Py_M__abc), \
    MODULE("codecs", _Py_M__codecs), \
    MODULE("io", _Py_M__io), \
    MODULE("_collections_abc", _Py_M___collections_abc), \
    MODULE("genericpath", _Py_M__genericpath), \
    MODULE("posixpath", _Py_M__posixpath), \
    MODULE("os.path", _Py_M__posixpath), \
    MODULE("os", _Py_M__os), \
    MODULE("stat", _Py_M__stat)
#define END {NULL, NULL, 0, 0, NULL}

static const struct _frozen bootstrap[] = {BOOTSTRAP, END};
static const struct _frozen stdlib[] = {STDLIB, END};
static const struct _frozen test[] = {END};
static const struct _frozen all[] = {BOOTSTRAP, STDLIB, END};

const struct _frozen *_PyImport_FrozenBootstrap = bootstrap;
const struct _frozen *_PyImport_FrozenStdlib = stdlib;
const struct _frozen *_PyImport_FrozenTest = test;
const struct _frozen *PyImport_FrozenModules = all;

static const struct _module_alias aliases[] = {
    {"_frozen_importlib", "importlib._bootstrap"},
    {"_frozen_importlib_external", "importlib._bootstrap_external"},
    {"os.path", "posixpath"},
    {NULL, NULL},
};
const struct _module_alias *_PyImport_FrozenAliases = aliases;

/* Without deepfreeze there is nothing to prepare and nothing to clear. */
int _Py_Deepfreeze_Init(void) { return 0; }
void _Py_Deepfreeze_Fini(void) {}
