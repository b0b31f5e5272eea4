package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"multipaxos/fuzz/hunt"
)

func huntCommand() *cli.Command {
	return &cli.Command{
		Name:      "hunt",
		Usage:     "have some checkers look for a bug in the role code that this program was built with",
		ArgsUsage: "HUNT",
		Description: "HUNT is soak, refine, search, explore, replay, probe or repeat. Prints the first finding of each checker, as JSON, a line\n" +
			"each, or nothing. 'check zoo' has copies of this program hunt that were built with planted bugs.",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "limit", Value: 20 * time.Second, Usage: "CPU time after which to give up", Validator: positive},
			&cli.StringFlag{Name: "walks", Usage: "directory with the schedules that replay plays"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return fmt.Errorf("hunt: want one hunt, found %d arguments", c.Args().Len())
			}
			h, err := hunt.Find(c.Args().First())
			if err != nil {
				return err
			}
			found, err := h.Run(ctx, hunt.Options{Limit: c.Duration("limit"), Walks: c.String("walks")})
			for _, f := range found {
				if err := json.NewEncoder(stdout).Encode(f); err != nil {
					return err
				}
			}
			if err == nil && len(found) > 0 {
				return errViolated
			}
			return err
		},
	}
}
