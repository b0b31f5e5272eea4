package toolbox

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// host is a machine whose PATH holds one program, an apt-get that is the given shell script.
func host(t *testing.T, release string, uid int, aptGet string) (Host, *bytes.Buffer) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("FAKE", dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "apt-get"), []byte("#!/bin/sh\n"+aptGet), 0o755))
	path := filepath.Join(t.TempDir(), "os-release")
	require.NoError(t, os.WriteFile(path, []byte(release), 0o644))
	var log bytes.Buffer
	return Host{For: "test", Log: &log, OSRelease: path, UID: uid}, &log
}

const installs = `if [ "$1" = install ]; then echo '#!/bin/sh' >"$FAKE/tool"; /bin/chmod +x "$FAKE/tool"; fi`

func TestCommandInstallsOnce(t *testing.T) {
	h, log := host(t, "ID=ubuntu\n", 0, installs)
	for range 2 {
		path, err := h.Command(t.Context(), "tool", "tool-package", "the tool")
		require.NoError(t, err)
		require.Equal(t, "tool", filepath.Base(path))
	}
	require.Equal(t, "test: installing tool-package with apt-get\n", log.String())
}

func TestCommandMissing(t *testing.T) {
	for _, c := range []struct {
		name, release string
		uid           int
		aptGet, want  string
	}{
		{"not a Debian", "ID=fedora\n", 0, installs, "tool: not found: install the tool and put it on PATH"},
		{"not root", "ID=debian\n", 1000, installs, "tool: not found: install the tool (as root: apt-get install tool-package)"},
		{"apt-get fails", "ID_LIKE=debian\n", 0, "echo no network; exit 100",
			"tool: not found, and apt-get install tool-package failed: apt-get update: exit status 100 no network"},
		{"apt-get lies", "ID=debian\n", 0, "exit 0", "tool: not found: install the tool and put it on PATH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, _ := host(t, c.release, c.uid, c.aptGet)
			_, err := h.Command(t.Context(), "tool", "tool-package", "the tool")
			var missing *MissingToolError
			require.ErrorAs(t, err, &missing)
			require.EqualError(t, err, c.want)
		})
	}
}
