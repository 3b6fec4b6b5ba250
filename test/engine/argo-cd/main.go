// Command argo-cd is Argo CD's application controller, repository server or API server, by the name that it is called by. As
// argocd, it tells git the login of a repository, because the repository server sets GIT_ASKPASS to that name.
package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	login "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	repositories "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	api "github.com/argoproj/argo-cd/v3/cmd/argocd-server/commands"
)

func main() {
	var command *cobra.Command
	switch filepath.Base(os.Args[0]) {
	case "argocd-application-controller":
		command = controller.NewCommand()
	case "argocd-repo-server":
		command = repositories.NewCommand()
	case "argocd":
		command = login.NewCommand()
	default:
		command = api.NewCommand()
	}
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}
