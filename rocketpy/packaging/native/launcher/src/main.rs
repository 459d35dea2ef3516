//! Starts the interpreter, and hands it the application's bundle.
//!
//! The bundle is no part of what is linked: it is added to the finished executable as a segment of
//! its own, so that a change of the application needs no linker. The kernel maps it with the rest;
//! no file is opened for it, and no /proc asked.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use pyembed::{MainPythonInterpreter, MemoryAllocatorBackend};
use pyo3::ffi;

include!(concat!(env!("PYOXIDIZER_ARTIFACT_DIR"), "/default_python_config.rs"));

/// The position of the bundle, written when it is appended. The mark locates this structure.
#[repr(C)]
struct Place {
    mark: [u8; 16],
    /// Bytes from this structure to the bundle.
    distance: AtomicU64,
    /// Bytes of the bundle.
    length: AtomicU64,
}

#[used]
#[link_section = ".data.rel.ro.place"]
static PLACE: Place = Place {
    mark: *b"\x7frocketpy-bundle",
    distance: AtomicU64::new(0),
    length: AtomicU64::new(0),
};

/// The bundle begins with two lengths: of the finder's code, which follows, and of the index.
const START: &str = "import sys,marshal;\
b=sys._bundle;\
exec(marshal.loads(b[16:16+int.from_bytes(b[:8],'little')]),{'bundle':b,'__name__':'_bundle'})";

/// Where names of users, hosts and services are looked up, whatever /etc/nsswitch.conf says.
const LOOKUPS: [(&CStr, &CStr); 10] = [
    (c"passwd", c"files"),
    (c"group", c"files"),
    (c"initgroups", c"files"),
    (c"shadow", c"files"),
    (c"gshadow", c"files"),
    (c"hosts", c"files dns"),
    (c"networks", c"files"),
    (c"protocols", c"files"),
    (c"services", c"files"),
    (c"ethers", c"files"),
];

extern "C" {
    fn __nss_configure_lookup(database: *const libc::c_char, lookup: *const libc::c_char) -> libc::c_int;
}

/// Have the C library look names up with what is linked in.
///
/// Where nsswitch.conf names another way, such as `systemd`, it would load a library for it, and a
/// static executable crashes in that library.
fn look_up_names_inside() {
    for (database, lookup) in LOOKUPS {
        unsafe { __nss_configure_lookup(database.as_ptr(), lookup.as_ptr()) };
    }
}

fn main() -> ExitCode {
    look_up_names_inside();
    let length = PLACE.length.load(Ordering::Relaxed) as usize;
    if length == 0 {
        eprintln!("there is no application in this executable");
        return ExitCode::FAILURE;
    }
    let mut config = default_python_config();
    // Asking for the executable's own path would need /proc. Nothing is sought beside it.
    config.exe = Some(PathBuf::from("/"));
    config.origin = Some(PathBuf::from("/"));
    config.allocator_backend = MemoryAllocatorBackend::Default;
    config.oxidized_importer = false;
    config.filesystem_importer = false;
    config.packed_resources = vec![];
    config.multiprocessing_auto_dispatch = false;
    config.terminfo_resolution = pyembed::TerminfoResolution::None;
    let python = &mut config.interpreter_config;
    python.executable = Some(executed());
    python.program_name = python.executable.clone();
    python.prefix = Some(PathBuf::from("/"));
    python.base_prefix = python.prefix.clone();
    python.exec_prefix = python.prefix.clone();
    python.base_exec_prefix = python.prefix.clone();
    python.module_search_paths = Some(vec![]);
    python.utf8_mode = Some(true);
    python.buffered_stdio = Some(std::env::var_os("PYTHONUNBUFFERED").map_or(true, |v| v.is_empty()));
    python.configure_locale = Some(false);
    python.install_signal_handlers = Some(true);
    python.site_import = Some(false);
    python.write_bytecode = Some(false);
    python.optimization_level = Some(pyembed::BytecodeOptimizationLevel::Two);
    python.run_command = Some(START.to_string());
    let interpreter = match MainPythonInterpreter::new(config) {
        Ok(interpreter) => interpreter,
        Err(error) => {
            eprintln!("the interpreter does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    interpreter.with_gil(|_| unsafe {
        let start = (&PLACE as *const Place).cast::<u8>();
        let bundle = start.wrapping_add(PLACE.distance.load(Ordering::Relaxed) as usize);
        let view = ffi::PyMemoryView_FromMemory(bundle as *mut _, length as isize, ffi::PyBUF_READ);
        ffi::PySys_SetObject(c"_bundle".as_ptr(), view);
    });
    ExitCode::from(interpreter.run() as u8)
}

/// The absolute path of this program: children of Python's `multiprocessing` execute it.
///
/// The kernel states the path that was executed. The packed form executes a file in memory; then the
/// name is that of the first argument.
fn executed() -> PathBuf {
    let name = unsafe { libc::getauxval(libc::AT_EXECFN) } as *const libc::c_char;
    let mut path = PathBuf::new();
    if !name.is_null() {
        path.push(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    }
    if path.starts_with("/dev/fd") {
        path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
        if path.components().count() == 1 && path.is_relative() {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            let found = std::env::split_paths(&folders).map(|folder| folder.join(&path)).find(|file| file.is_file());
            path = found.unwrap_or(path);
        }
    }
    match std::env::current_dir() {
        Ok(folder) => folder.join(path),
        Err(_) => path,
    }
}
