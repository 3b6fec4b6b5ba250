// Command worker packs what is ordered, one order a line.
package main

import (
	"bufio"
	"fmt"
	"os"

	"example.com/shop/internal/order"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("packed", order.Items(lines.Text()))
	}
}
