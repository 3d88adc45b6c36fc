public enum PlaceholderRouting {}
