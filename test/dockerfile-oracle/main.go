// BuildKit's own reading of small Dockerfiles, as JSON: what test/dockerfile/buildkit.test.ts compares Slipway's with.
// Usage: dockerfile-oracle FOLDER, where FOLDER has *.Dockerfile and a cases.json with the build args and targets of some.
package main

import (
	"bytes"
	"cmp"
	_ "crypto/sha256" // digests of images are checked with it
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

const buildPlatform = "linux/amd64"

var targetPlatforms = []string{"linux/amd64", "linux/arm64", "linux/arm/v7"}

// Case is one way to build a file.
type Case struct {
	BuildArgs map[string]string `json:"buildArgs,omitempty"`
	Target    string            `json:"target,omitempty"`
}

// Stage is one FROM: its base with all variables replaced, and each instruction's name, line, and sources of files.
type Stage struct {
	Name     string   `json:"name"`
	Base     string   `json:"base"`
	Platform string   `json:"platform,omitempty"`
	Line     int      `json:"line"`
	Commands []string `json:"commands"`
}

// Reading is all that BuildKit says of one build.
type Reading struct {
	File     string            `json:"file"`
	Case     Case              `json:"case"`
	Platform string            `json:"platform"`
	Error    string            `json:"error,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
	Stages   []Stage           `json:"stages,omitempty"`

	targetStage string
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	cases := map[string][]Case{}
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.Dockerfile"))
	if err != nil {
		return err
	}
	sort.Strings(files)
	readings := []Reading{}
	for _, path := range files {
		dockerfile, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		ways, ok := cases[name]
		if !ok {
			ways = []Case{{}}
		}
		for _, way := range ways {
			for _, platform := range targetPlatforms {
				reading := Reading{File: name, Case: way, Platform: platform}
				if err := reading.fill(dockerfile); err != nil {
					reading.Error = plain(err)
				}
				readings = append(readings, reading)
			}
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(map[string]any{"buildkit": version(), "readings": readings})
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	at := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == "github.com/moby/buildkit" })
	return info.Deps[at].Version
}

func (reading *Reading) fill(dockerfile []byte) error {
	parsed, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return err
	}
	stages, argCommands, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return err
	}
	if len(stages) == 0 {
		return errors.New("dockerfile contains no stages to build")
	}
	reading.targetStage = cmp.Or(reading.Case.Target, stages[len(stages)-1].Name, "default")
	lex := shell.NewLex(parsed.EscapeToken)
	env, err := reading.globalArgs(lex, argCommands, platforms.MustParse(reading.Platform))
	if err != nil {
		return err
	}
	for _, stage := range stages {
		read, err := readStage(lex, stage, env)
		if err != nil {
			return err
		}
		reading.Stages = append(reading.Stages, read)
	}
	return reading.check(lex, stages)
}

// As dockerfile2llb's own, which is not exported.
func (reading *Reading) globalArgs(lex *shell.Lex, commands []instructions.ArgCommand, target ocispecs.Platform) (shell.EnvGetter, error) {
	build := platforms.MustParse(buildPlatform)
	values := map[string]string{
		"BUILDPLATFORM": platforms.Format(build), "BUILDOS": build.OS, "BUILDARCH": build.Architecture, "BUILDVARIANT": build.Variant,
		"TARGETSTAGE": reading.targetStage, "TARGETPLATFORM": platforms.Format(target), "TARGETOS": target.OS, "TARGETARCH": target.Architecture, "TARGETVARIANT": target.Variant,
	}
	for name := range values {
		if given, ok := reading.Case.BuildArgs[name]; ok {
			values[name] = given
		}
	}
	reading.Args = map[string]string{}
	for _, command := range commands {
		for _, arg := range command.Args {
			value, given := reading.Case.BuildArgs[arg.Key]
			if !given && arg.Value == nil {
				continue
			}
			if !given {
				result, err := lex.ProcessWordWithMatches(*arg.Value, envOf(values))
				if err != nil {
					return nil, err
				}
				value = result.Result
			}
			values[arg.Key], reading.Args[arg.Key] = value, value
		}
	}
	return envOf(values), nil
}

func envOf(values map[string]string) shell.EnvGetter {
	list := []string{}
	for name, value := range values {
		list = append(list, name+"="+value)
	}
	return shell.EnvsFromSlice(list)
}

func readStage(lex *shell.Lex, stage instructions.Stage, env shell.EnvGetter) (Stage, error) {
	base, err := lex.ProcessWordWithMatches(stage.BaseName, env)
	if err != nil {
		return Stage{}, err
	}
	read := Stage{Name: stage.Name, Base: base.Result, Line: stage.Location[0].Start.Line, Commands: []string{}}
	if stage.Platform != "" {
		text, err := lex.ProcessWordWithMatches(stage.Platform, env)
		if err != nil {
			return Stage{}, err
		}
		platform, err := platforms.Parse(text.Result)
		if err != nil {
			return Stage{}, err
		}
		read.Platform = spelled(platform)
	}
	for _, command := range stage.Commands {
		text := fmt.Sprintf("%s %d", strings.ToUpper(command.Name()), command.Location()[0].Start.Line)
		for _, source := range sources(command) {
			text += " " + source.kind + "=" + source.name
		}
		read.Commands = append(read.Commands, text)
	}
	return read, nil
}

// What BuildKit asks of a whole file before it builds any stage of it: frontend/dockerfile/dockerfile2llb/convert.go.
func (reading *Reading) check(lex *shell.Lex, stages []instructions.Stage) error {
	names := map[string]bool{}
	for at, stage := range reading.Stages {
		if stage.Base == "" {
			return fmt.Errorf("base name (%s) should not be blank", stages[at].BaseName)
		}
		if !names[stage.Base] {
			if _, err := reference.ParseNormalizedNamed(stage.Base); err != nil {
				return err
			}
		}
		if stage.Name != "" {
			names[stage.Name] = true
		}
	}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			for _, source := range sources(command) {
				if err := checkSource(lex, source, names, len(stages)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Source is what a command takes files from, as it is written.
type Source struct{ kind, name string }

func sources(command instructions.Command) []Source {
	found := []Source{}
	switch c := command.(type) {
	case *instructions.CopyCommand:
		if c.From != "" {
			found = append(found, Source{"copy", c.From})
		}
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(c) {
			if mount.From != "" {
				found = append(found, Source{"mount", mount.From})
			}
		}
	case *instructions.OnbuildCommand:
		if parsed, err := parser.Parse(strings.NewReader(c.Expression)); err == nil {
			if trigger, err := instructions.ParseCommand(parsed.AST.Children[0]); err == nil {
				found = append(found, sources(trigger)...)
			}
		}
	}
	return found
}

func checkSource(lex *shell.Lex, source Source, names map[string]bool, stages int) error {
	if source.kind == "copy" {
		result, err := lex.ProcessWordWithMatches(source.name, shell.EnvsFromSlice(nil))
		if err != nil {
			return err
		}
		if result.Result != source.name {
			return errors.New("variable expansion is not supported for --from")
		}
		if index, err := strconv.Atoi(source.name); err == nil {
			if index < 0 || index >= stages {
				return fmt.Errorf("invalid stage index %d", index)
			}
			return nil
		}
	}
	if names[strings.ToLower(source.name)] {
		return nil
	}
	_, err := reference.ParseNormalizedNamed(source.name)
	return err
}

// One spelling: 32-bit arm without a variant is v7, as containerd's own matching has it.
func spelled(platform ocispecs.Platform) string {
	if platform.Architecture == "arm" && platform.Variant == "" {
		platform.Variant = "v7"
	}
	if platform.Architecture == "arm64" && platform.Variant == "v8" {
		platform.Variant = ""
	}
	return platforms.Format(platform)
}

var afterFirstLine = regexp.MustCompile(`\n[\s\S]*`)

func plain(err error) string {
	return afterFirstLine.ReplaceAllString(err.Error(), "")
}
