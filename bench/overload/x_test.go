package overload
import "testing"
func TestX(t *testing.T) { if err := Measure(t.Context(), []int{1,2,4,8,20,40,200,1000,2000,2000,200}); err != nil { t.Fatal(err) } }
