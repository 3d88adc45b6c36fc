public enum PlaceholderMapFile {}
