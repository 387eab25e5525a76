int main() {
  // [whole]
  int answer = 42;
  if (answer == 42) {
    --answer;

    answer = answer > 0 ? 0 : 1;  // a line; with [brackets] and a backslash \

  }
  // [whole]
  // [open]
  return answer;
}
