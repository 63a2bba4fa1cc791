#include "interpreter/python_facts.h"

#include <array>
#include <charconv>

namespace interloop {

namespace {

constexpr std::string_view kMarker = "interloop-facts";
constexpr int kMinor = 9;

bool ParseVersion(std::string_view text, int& major, int& minor) {
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major);  // NOLINT(bugprone-suspicious-stringview-data-usage): `end` bounds it
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return false;
  return std::from_chars(first.ptr + 1, end, minor).ec == std::errc();
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

const char kFactsSource[] = R"python(
def interloop_facts():
    import os, sys
    try:
        import sysconfig
        config = sysconfig.get_config_vars()
    except Exception:
        config = {}
    short = "%d.%d" % sys.version_info[:2]
    home = getattr(sys, "base_prefix", sys.prefix)
    executable = sys.executable or ""
    library, searched = "", []
    try:
        # A shared build has it open: nothing is more exact.
        with open("/proc/self/maps") as maps:
            for line in maps:
                path = line.rstrip("\n").split(None, 5)[5:]
                if path and os.path.basename(path[0]).startswith("libpython" + short) and os.path.exists(path[0]):
                    library = path[0]
                    break
    except Exception:
        pass
    if not library:
        # Only places that belong to this installation: the libpython of another one would find another standard library.
        names = []
        for name in (config.get("INSTSONAME"), config.get("LDLIBRARY")):
            if name and not name.endswith(".a"):
                names.append(name)
        abi = short + getattr(sys, "abiflags", "")
        names += ["libpython%s.so.1.0" % abi, "libpython%s.so" % abi, "libpython%s.dylib" % abi]
        places = [config.get("LIBDIR"), config.get("PYTHONFRAMEWORKPREFIX"), os.path.join(home, "lib"), os.path.join(home, "lib64")]
        places += [os.path.join(home, "lib", config.get("MULTIARCH") or ""), os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(executable))), "lib")]
        for place in places:
            place = place and os.path.normpath(place)
            if place and place not in searched:
                searched.append(place)
                for name in names:
                    if not library and os.path.isfile(os.path.join(place, name)):
                        library = os.path.join(place, name)
    implementation = sys.implementation.name if hasattr(sys, "implementation") else hasattr(sys, "pypy_version_info") and "pypy" or "cpython"
    flags = [name for name, on in (("free-threaded", config.get("Py_GIL_DISABLED")), ("trace-refs", hasattr(sys, "getobjects"))) if on]
    fields = ["interloop-facts", implementation, sys.version.split()[0], executable, sys.prefix, home, library, ",".join(flags), ":".join(searched)]
    return b"\t".join([os.fsencode(field) if hasattr(os, "fsencode") else field for field in fields])
)python";

std::optional<Report> ParseReport(std::string_view output) {
  const std::string start = std::string(kMarker) + "\t";
  for (size_t at = output.find(start); at != std::string_view::npos; at = output.find(start, at + 1)) {
    if (at != 0 && output[at - 1] != '\n') continue;
    const size_t end = output.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = output.substr(at, end - at);
    std::array<std::string, 9> fields;
    size_t count = 0;
    while (count < fields.size()) {
      const size_t tab = line.find('\t');
      fields[count++] = line.substr(0, tab);
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
    if (count != fields.size()) return std::nullopt;
    Report report;
    report.implementation = fields[1];
    report.facts.version = fields[2];
    report.facts.executable = fields[3];
    report.facts.prefix = fields[4];
    report.facts.home = fields[5];
    report.facts.library = fields[6];
    report.flags = fields[7];
    report.searched = fields[8];
    if (!ParseVersion(fields[2], report.facts.major, report.facts.minor)) return std::nullopt;
    return report;
  }
  return std::nullopt;
}

std::string FormatReport(const Report& report) {
  const PythonFacts& facts = report.facts;
  std::string line(kMarker);
  for (const std::string& field :
       {report.implementation, facts.version, facts.executable, facts.prefix, facts.home, facts.library, report.flags, report.searched}) {
    line += "\t" + field;
  }
  return line;
}

bool IsUsable(const Report& report, bool library_needed, Failure& failure) {
  const PythonFacts& facts = report.facts;
  const std::string name = Quoted(facts.executable);
  const std::string advice = "use CPython 3." + std::to_string(kMinor) + " or newer, named with init({ python }) or INTERLOOP_PYTHON";
  if (report.implementation != "cpython") {
    failure = {"python-unsupported", name + " is " + report.implementation + ", which is not supported; " + advice};
    return false;
  }
  if (facts.major < 3 || (facts.major == 3 && facts.minor < kMinor)) {
    failure = {"python-unsupported", name + " is Python " + facts.version + ", which is too old; " + advice};
    return false;
  }
  if (report.flags.find("free-threaded") != std::string::npos) {
    failure = {"python-unsupported",
               name + " is a free-threaded build of Python " + facts.version + ", which is not supported yet; " + advice + ", of a build with the GIL"};
    return false;
  }
  if (report.flags.find("trace-refs") != std::string::npos) {
    failure = {"python-unsupported", name + " is a build of Python " + facts.version + " with Py_TRACE_REFS, whose objects have another layout; " + advice};
    return false;
  }
  if (library_needed && facts.library.empty()) {
    const std::string minor = std::to_string(facts.major) + "." + std::to_string(facts.minor);
    failure = {"python-library-missing",
               name + " (Python " + facts.version + ") has no shared libpython" + minor + ", which interloop loads into this process; it was looked for in " +
                   Quoted(report.searched) + ". On Debian and Ubuntu run \"apt-get install libpython" + minor +
                   "\"; with pyenv \"PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force " + facts.version +
                   "\"; when you build Python yourself, \"./configure --enable-shared\"; or name another Python with init({ python }) or INTERLOOP_PYTHON"};
    return false;
  }
  return true;
}

}  // namespace interloop
